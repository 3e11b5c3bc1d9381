package server

import (
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between usher and its database, and makes trouble.
type proxy struct {
	address  string
	upstream string

	mu       sync.Mutex
	listener net.Listener // nil: connections are refused
	links    map[*link]struct{}
	hangsUp  bool                            // new connections are closed
	stalls   bool                            // new connections are held
	watch    func(l *link, sent []byte) fate // is shown all that clients send; nil: all goes on
}

// fate is what becomes of a connection whose client has sent something.
type fate int

const (
	goesOn      fate = iota
	stallsFirst      // what was sent does not arrive, nor does anything after it
	stallsAfter      // what was sent arrives, and nothing comes back
	cutFirst         // what was sent does not arrive: the connection is closed
	cutAfter         // what was sent arrives, and the connection is closed
)

// newProxy is a proxy before a database, and the database's URL through it.
func newProxy(t *testing.T, database string) (p *proxy, through string) {
	t.Helper()
	location, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	p = &proxy{address: "127.0.0.1:0", upstream: location.Host, links: map[*link]struct{}{}}
	p.pass(t)
	t.Cleanup(func() {
		p.refuse()
		p.cut()
	})
	location.Host = p.address
	return p, location.String()
}

// pass ends all trouble.
func (p *proxy) pass(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangsUp, p.stalls, p.watch = false, false, nil
	for l := range p.links {
		l.resume()
	}
	if p.listener != nil {
		return
	}
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	p.listener, p.address = listener, listener.Addr().String()
	go p.accept(listener)
}

// refuse has connections refused.
func (p *proxy) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
}

// hangUp has connections closed as soon as they are there.
func (p *proxy) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangsUp = true
}

// stallNew holds the connections that are still to come.
func (p *proxy) stallNew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalls = true
}

// stallOld holds the connections that are there.
func (p *proxy) stallOld() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.stall()
	}
}

// stall holds every connection.
func (p *proxy) stall() {
	p.stallNew()
	p.stallOld()
}

// cut closes the connections that are there.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.close()
	}
}

// watching has watch asked what becomes of a connection. It is asked once at a time.
func (p *proxy) watching(watch func(l *link, sent []byte) fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = watch
}

func (p *proxy) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return // refused from now on
		}
		p.link(client)
	}
}

func (p *proxy) link(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	server, err := net.Dial("tcp", p.upstream)
	if err != nil {
		_ = client.Close()
		return
	}
	l := &link{client: client, server: server, gone: make(chan struct{}), open: make(chan struct{})}
	if !p.stalls {
		l.resume()
	}
	if p.hangsUp {
		l.close()
	}
	p.links[l] = struct{}{}
	go func() {
		defer p.forget(l)
		l.copy(server, client, func(sent []byte) fate { return p.ask(l, sent) })
	}()
	go l.copy(client, server, func([]byte) fate { return goesOn })
}

func (p *proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

func (p *proxy) ask(l *link, sent []byte) fate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.watch == nil {
		return goesOn
	}
	return p.watch(l, sent)
}

// link is one connection through a proxy.
type link struct {
	client, server net.Conn
	begun          int // for who watches: how much was sent in the transaction that runs

	ending sync.Once
	gone   chan struct{} // closed with the link

	mu   sync.Mutex
	open chan struct{} // closed while bytes pass
}

func (l *link) stall() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.open:
		l.open = make(chan struct{})
	default:
	}
}

func (l *link) resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.open:
	default:
		close(l.open)
	}
}

// pass waits until bytes pass, or the link is gone.
func (l *link) pass() {
	l.mu.Lock()
	open := l.open
	l.mu.Unlock()
	select {
	case <-open:
	case <-l.gone:
	}
}

func (l *link) close() {
	l.ending.Do(func() {
		close(l.gone)
		_ = l.client.Close()
		_ = l.server.Close()
	})
}

// copy copies until either side ends, and ends both.
func (l *link) copy(to, from net.Conn, ask func(sent []byte) fate) {
	defer l.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			l.pass() // the end of a connection that stalls does not arrive either
			return
		}
		fate := ask(buffer[:n])
		switch fate {
		case cutFirst:
			return
		case stallsFirst, stallsAfter:
			l.stall()
		}
		if fate != stallsAfter {
			l.pass()
		}
		if _, err := to.Write(buffer[:n]); err != nil || fate == cutAfter {
			return
		}
	}
}
