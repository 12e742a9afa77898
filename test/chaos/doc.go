// Package chaos lets three workers of one group live through crashes, frozen processes, cut networks, a broker that goes away, and changes of
// configuration, all drawn from a seed, and checks afterwards that no record is missing or out of order and that everything runs. See TestChaos.
package chaos
