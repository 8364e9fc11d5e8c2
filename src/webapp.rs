//! The web-app workload: a 12-factor app from a rock, as the charms made for paas-charm run it. All of it is pure.
//!
//! A charm that was packed for paas-charm runs with this program in it: containers, options, variables, actions,
//! relations and statuses are those of paas-charm 1.x, and of 2.x where the charm is of that generation.

pub mod base_url;
pub mod charm;
pub mod checks;
pub mod command;
pub mod decide;
pub mod effects;
pub mod framework;
pub mod gunicorn;
pub mod integrations;
pub mod layer;
pub mod migration;
pub mod observability;
pub mod options;
pub mod output;
pub mod paas_config;
pub mod process;
pub mod proxies;
pub mod situation;
pub mod uvicorn;
pub mod variables;
pub mod workload;
