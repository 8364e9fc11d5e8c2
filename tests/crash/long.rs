//! What takes long: many seeds.

use crate::orders;
use crate::random;

#[test]
fn hooks_killed_all_the_time_while_units_come_and_go_change_nothing_in_the_end() {
    for seed in 1..=5 {
        random::kill("crash-random", &[3, 5, 3], 25, seed);
    }
}

#[test]
fn ten_orders_end_with_one_master_and_never_have_two() {
    for seed in 1..=10 {
        println!("seed {seed}");
        orders::come_up("crash-order", 3, seed);
    }
}
