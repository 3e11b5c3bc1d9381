package seed

import _ "embed" // for the demo world

//go:embed demo.yaml
var demo []byte

// Demo is the seed of the demo world, a small one that touches every rule. Its times are
// relative to today, so that it does not age.
func Demo() []byte { return append([]byte(nil), demo...) }
