// Package child runs programs as children of a test binary, Moldau above all. On Linux the kernel kills them with the test binary however that ends; elsewhere
// a test binary that is killed leaves them running.
package child
