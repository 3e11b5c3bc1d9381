package seed

// ids are the ids of one kind of thing: those that the file gives, and then the lowest
// above them.
type ids struct {
	lines   map[int64]int // the line of each given id
	highest int64
}

// newIDs expects about this many.
func newIDs(count int) *ids { return &ids{lines: make(map[int64]int, count)} }

// given is the id that an entry gives itself; 0 for none.
func (s *ids) given(e entry) int64 {
	id := e.number("id", maxID)
	if id == 0 {
		return 0
	}
	if line, taken := s.lines[id]; taken {
		e.fail(e.value("id"), "the id %d is already given on line %d; choose another, or leave it out", id, line)
		return 0
	}
	s.lines[id] = e.value("id").Line
	s.highest = max(s.highest, id)
	return id
}

// next is the lowest id above all others, for an entry without one. All given ids must
// have been read.
func (s *ids) next(e entry) int64 {
	if s.highest >= maxID {
		e.fail(e.node, "there is no id left above the highest of the file; give this entry an id")
		return 0
	}
	s.highest++
	return s.highest
}
