package ghapi

import (
	"sync"
	"time"
)

// zones keeps the time zones that callers have, so that each is parsed once.
type zones struct {
	byName sync.Map // string to *time.Location
}

func newZones() *zones { return &zones{} }

// load is the zone with an IANA name; UTC for none, and for a name this machine's zone
// data does not have.
func (z *zones) load(name string) *time.Location {
	if name == "" {
		return time.UTC
	}
	if known, ok := z.byName.Load(name); ok {
		return known.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = time.UTC
	}
	z.byName.Store(name, zone)
	return zone
}
