//! A module that an optimiser takes, changes where it lies, and puts back.

use std::ops::Deref;

/// Something that is always there but for the moment in which it is changed.
#[derive(Clone, Debug)]
pub struct Slot<T>(Option<T>);

impl<T> Slot<T> {
    /// With something in it.
    pub fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// Replaces the value by what becomes of it. Nobody else holds it meanwhile, so that its numbers may be changed
    /// in place.
    pub fn change(&mut self, by: impl FnOnce(T) -> T) {
        self.0 = self.0.take().map(by);
    }
}

impl<T> Deref for Slot<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            Some(value) => value,
            None => unreachable!("only `change` takes it, and it has put it back or panicked"),
        }
    }
}
