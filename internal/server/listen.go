package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// listen takes the address that config names. A demo that names none takes a free port
// where the usual one is taken.
func listen(ctx context.Context, config Config) (net.Listener, error) {
	where, err := config.address()
	if err != nil {
		return nil, err
	}
	listener, err := listenOn(ctx, where)
	if config.Demo && config.Listen == "" && errors.Is(err, syscall.EADDRINUSE) {
		return listenOn(ctx, &net.TCPAddr{IP: where.IP})
	}
	return listener, err
}

// address is where to listen. A name is resolved once, so that what is judged is what is
// listened on.
func (c Config) address() (*net.TCPAddr, error) {
	address := cmp.Or(c.Listen, DefaultListen)
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("%q is not an address to listen on: --listen takes HOST:PORT, such as %s", address, DefaultListen)
	}
	where, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen there: %w. --listen takes an address of this machine, such as %s", err, DefaultListen)
	}
	return where, c.mayListen(where, address)
}

func listenOn(ctx context.Context, where *net.TCPAddr) (net.Listener, error) {
	var network net.ListenConfig
	address := where.String()
	listener, err := network.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is taken: %w. Stop the program that listens there, or listen elsewhere; --listen 127.0.0.1:0 picks a free port", address, syscall.EADDRINUSE)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("%s is not allowed: %w. Ports below 1024 are the administrator's; listen on a higher one, such as --listen %s", address, syscall.EACCES, DefaultListen)
	case err != nil:
		return nil, fmt.Errorf("cannot listen there: %w. --listen takes an address of this machine, such as %s", err, DefaultListen)
	}
	return listener, nil
}

// baseURL is where a client on this machine reaches what listens on address.
func baseURL(scheme string, address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("%s://127.0.0.1:%d", scheme, tcp.Port)
	}
	return scheme + "://" + address.String()
}
