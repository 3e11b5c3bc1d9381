//go:build race

package storetest

// many is small with the race detector, under which an engine in pure Go is forty times
// slower; the lists are as long as promised in the runs without it.
const many = 5_000
