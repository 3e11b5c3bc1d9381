// Package server wires usher together and runs it: a [Config] becomes a store, a world
// in it, and an HTTP server that starts, drains and stops.
package server
