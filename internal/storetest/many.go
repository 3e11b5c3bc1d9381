//go:build !race

package storetest

// many is how long the long lists are: more than an engine takes as single parameters.
const many = 50_000
