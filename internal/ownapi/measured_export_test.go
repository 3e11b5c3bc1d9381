//go:build !race

package ownapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

// measured takes an export in: it hashes all but the last line, and looks at the heap with
// each part.
type measured struct {
	header http.Header
	status int
	sum    hash.Hash
	lines  int
	last   []byte // the latest line
	peak   uint64
}

func (m *measured) Header() http.Header    { return m.header }
func (m *measured) WriteHeader(status int) { m.status = status }

func (m *measured) Write(part []byte) (int, error) {
	m.peak = max(m.peak, heap())
	m.sum.Write(m.last) // it was not the last one
	whole := bytes.TrimSuffix(part, []byte{'\n'})
	at := bytes.LastIndexByte(whole, '\n') + 1
	m.sum.Write(part[:at])
	m.last = append(m.last[:0], part[at:]...)
	m.lines += bytes.Count(part, []byte{'\n'})
	return len(part), nil
}

// takeIn exports what comes after an event, and says by how much the heap has grown meanwhile.
func (w *world) takeIn(t *testing.T, since int64, want int) (peak uint64) {
	t.Helper()
	runtime.GC()
	begun := heap()
	m := &measured{header: http.Header{}, sum: sha256.New()}
	req := httptest.NewRequestWithContext(t.Context(), "GET", fmt.Sprintf("%s?since=%d", exportPath, since), nil)
	req.Header.Set("Authorization", "token "+auditor)
	w.unchecked.ServeHTTP(m, req) // what checks an answer keeps it whole
	var end struct{ Export exportEnd }
	if err := json.Unmarshal(m.last, &end); err != nil {
		t.Fatalf("the last line is %s: %v", m.last, err)
	}
	if sum := hex.EncodeToString(m.sum.Sum(nil)); m.status != 200 || end.Export.SHA256 != sum || end.Export.Count != want || m.lines != want+1 {
		t.Fatalf("got %d, %d lines with the sum %s, and at their end %+v; want %d events", m.status, m.lines, sum, end.Export, want)
	}
	return m.peak - begun
}

// heap is how many bytes the objects on the heap take, dead ones that were not swept included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// Ten times as many events take no more memory.
func TestMeasuredAnExportTakesAsMuchMemoryForAMillionEventsAsForATenth(t *testing.T) {
	const most, few = 1_000_000, 100_000
	defer debug.SetGCPercent(debug.SetGCPercent(10)) // so that little of a peak is garbage
	w := newWorld(t, nil)
	begun := int64(len(w.export("").Items))
	w.fillEvents(t, most)
	w.takeIn(t, begun+most-few, few) // the first time, statements are prepared
	small := w.takeIn(t, begun+most-few, few)
	large := w.takeIn(t, begun, most)
	t.Logf("the heap grew by %d KiB for %d events, %d KiB for %d", small>>10, few, large>>10, most)
	if large > 2*small {
		t.Errorf("the heap grew by %d bytes for %d events, and %d for %d: want twice as much at most", large, most, small, few)
	}
}
