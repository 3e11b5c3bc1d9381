package ghapi

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/usher-seats/usher"
)

const jsonType = "application/json; charset=utf-8"

// Values that answers share.
var (
	noCache    = []string{"no-cache"}
	gzipCoding = []string{"gzip"}
)

// minGzipBytes is the size from which an answer is worth compressing.
const minGzipBytes = 8 << 10

// Show answers a reading: 304 without rendering where the client holds the answer already,
// which is not counted against who has a token.
func (q *Request) Show(edition usher.Edition, render func() []byte) error {
	return q.show(jsonType, edition, render)
}

func (q *Request) show(contentType string, edition usher.Edition, render func() []byte) error {
	tag := q.tag(edition)
	if !knows(q.R, tag) {
		q.send(http.StatusOK, contentType, tag, render())
		return nil
	}
	q.refund()
	q.forgetToken()
	set(q.W.Header(), q.cached())
	q.W.Header()["Etag"] = []string{tag}
	q.W.WriteHeader(http.StatusNotModified)
	return nil
}

// Respond answers a write that shows something. Its tag is that of the few bytes it sends.
func (q *Request) Respond(status int, body []byte) {
	q.send(status, jsonType, tagOf(body), body)
}

// RespondNow answers what is true at this moment only, and not to be kept.
func (q *Request) RespondNow(status int, body []byte) {
	q.W.Header()["Cache-Control"] = noCache
	q.write(status, jsonType, "", body)
}

func (q *Request) send(status int, contentType, tag string, body []byte) {
	set(q.W.Header(), q.cached())
	q.write(status, contentType, tag, body)
}

func (q *Request) cached() http.Header {
	if q.nobody() {
		return q.api.publicHeaders
	}
	return q.api.privateHeaders
}

// write sends an answer, compressed if it is large and the client asks for it: then its
// tag is weak, and its length is not told (recorded 2023 to 2026). HEAD has the headers
// that GET would have.
func (q *Request) write(status int, contentType, tag string, body []byte) {
	q.hurry()
	header := q.W.Header()
	compressed := len(body) > minGzipBytes && acceptsGzip(q.R)
	if tag != "" && compressed {
		tag = "W/" + tag
	}
	if tag != "" {
		header["Etag"] = []string{tag}
	}
	if !compressed {
		write(q.W, status, contentType, body)
		return
	}
	header["Content-Type"] = []string{contentType}
	header["Content-Encoding"] = gzipCoding
	q.W.WriteHeader(status)
	if q.R.Method == http.MethodHead {
		return
	}
	writer := q.api.gzips.Get().(*gzip.Writer)
	defer q.api.gzips.Put(writer)
	writer.Reset(q.W)
	if _, err := writer.Write(body); err == nil { // else the client has gone: nobody is left to tell
		_ = writer.Close()
	}
	writer.Reset(io.Discard) // so that the pool keeps no connection
}

// hurry is for answers that anybody can ask for.
func (q *Request) hurry() {
	if q.nobody() && q.api.options.Hurry != nil {
		q.api.options.Hurry(q.W)
	}
}

// write sends an answer as it is.
func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	header := w.Header()
	header["Content-Type"] = []string{contentType}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone: nobody is left to tell
}

// acceptsGzip says whether Accept-Encoding names gzip, or everything, without refusing it.
func acceptsGzip(r *http.Request) bool {
	accepts := false
	for _, line := range r.Header.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(line, ",") {
			name, parameters, _ := strings.Cut(coding, ";")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip", "x-gzip":
				return !declined(parameters)
			case "*":
				accepts = !declined(parameters)
			}
		}
	}
	return accepts
}

// declined says whether a coding's parameters are a quality of nought.
func declined(parameters string) bool {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		quality, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return err == nil && quality <= 0
	}
	return false
}
