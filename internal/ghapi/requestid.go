package ghapi

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"
)

// RequestIDHeader carries a request's id, as GitHub's answers do.
const RequestIDHeader = "X-GitHub-Request-Id"

// NewRequestID is a fresh request id in GitHub's form: five groups of hexadecimal digits,
// the last the wall clock's seconds. Recorded 2026-08-20.
func NewRequestID(wall time.Time) string {
	var random [14]byte
	rand.Read(random[:]) // never fails: crypto/rand ends the process first
	return fmt.Sprintf("%04X:%05X:%07X:%07X:%08X",
		binary.BigEndian.Uint16(random[0:]),
		binary.BigEndian.Uint32(random[2:])&0xFFFFF,
		binary.BigEndian.Uint32(random[6:])&0xFFFFFFF,
		binary.BigEndian.Uint32(random[10:])&0xFFFFFFF,
		wall.Unix())
}
