package ghapi

import (
	"fmt"
	"net/http"
	"time"
)

// report answers for a report on how the assistant was used. usher knows who has a seat
// and not what is done with it, so there is never one: 204, which GitHub's description has
// for that.
func (q *Request) report() error {
	q.W.WriteHeader(http.StatusNoContent)
	return nil
}

// dayReport is a report on one day, which must be named. Of a repeated parameter the last
// counts.
func (q *Request) dayReport() error {
	day, given := "", false
	for _, p := range parameters(q.R.URL.RawQuery) {
		if p.key == "day" {
			day, given = p.value, true
		}
	}
	if !given {
		return SchemaError(`"day" wasn't supplied.`)
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return SchemaError(fmt.Sprintf("For 'properties/day', %s is not a date.", inspect(appendString(nil, day))))
	}
	return q.report()
}
