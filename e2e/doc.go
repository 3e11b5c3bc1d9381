// Package e2e has the tests in which clients that others have written and published drive
// the built program, unchanged: go-github, Octokit.js with its plugins, and gh. Each has
// the server that it asks for to itself, on the engine under test, with the world of
// testdata/world.yaml.
package e2e
