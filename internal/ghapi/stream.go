package ghapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/usher-seats/usher/internal/edge"
)

// Stream begins a 200 that is written in parts, each of which gets the time of an answer. What
// fails after that is no answer any more: the connection is cut, so that what came cannot be
// taken for all there is.
func (q *Request) Stream(contentType string) {
	header := q.W.Header()
	header["Cache-Control"] = noCache
	header["Content-Type"] = []string{contentType}
	q.streaming = true
	q.Prolong()
	q.W.WriteHeader(http.StatusOK)
}

// WritePart writes a part of a stream, and sees to it that it is on its way.
func (q *Request) WritePart(part []byte) error {
	q.Prolong()
	if _, err := q.W.Write(part); err != nil {
		return errors.Join(errClientGone, err)
	}
	if err := http.NewResponseController(q.W).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errors.Join(errClientGone, err)
	}
	return nil
}

// errClientGone is that a client does not read on: nobody has to look into that.
var errClientGone = errors.New("the client does not read on")

// Prolong gives the reader of what is written next the time of a whole answer: for parts of one, and for
// one that took long to make.
func (q *Request) Prolong() {
	if q.api.options.Prolong != nil {
		q.api.options.Prolong(q.W)
	}
}

// tear ends a stream that cannot go on.
func (q *Request) tear(err error) {
	ctx := q.R.Context()
	if !errors.Is(err, errClientGone) && !(errors.Is(err, context.Canceled) && ctx.Err() != nil) {
		edge.NoteCause(ctx, err)
	}
	edge.Tear(ctx)
}
