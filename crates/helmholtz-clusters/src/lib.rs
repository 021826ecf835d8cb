//! Points of the plane, explained by a partition into clusters (MWS, section 4.1).
//!
//! The smallest world in which everything is exact: with seven points there are 877 partitions, the cluster
//! means are integrated out, and evidence, posterior and the best possible model can be enumerated. So it
//! shows what an algorithm does, next to what could be done.

pub mod config;
pub mod evaluate;
pub mod exact;
pub mod explain;
mod guide;
mod model;
pub mod normal;
mod partition;
mod product;
pub mod read;
pub mod training;

pub use config::Config;
pub use exact::fit;
pub use guide::{Encoding, MixtureGuide};
pub use model::{MixtureModel, sample_partition, sample_points};
pub use normal::{Covariance, NotPoints, Points, Symmetric};
pub use partition::{MOST_POINTS, NotAPartition, Partition};
pub use training::MixtureDomain;
