// Package group makes a worker a member of its group: the bytes of Connect's embedded protocols, the eager and the incremental cooperative
// assignor as pure functions, and a Member that joins, beats and leaves.
//
// Workers of Java and of Moldau share one group, so everything that a broker or another worker sees is what Java's WorkerCoordinator sends (I6).
package group
