//! The program from end to end: what is typed, what comes out, what stands in the folder afterwards.

mod kit;
mod reading;
mod training;
