package sqlstore

import (
	"context"
	"database/sql/driver"
)

// preparing is a connector whose connections keep each statement they have prepared.
//
// database/sql's own statements cannot do this for a pool of one connection: inside a
// transaction, preparing one for later waits for the connection that the transaction
// has. There are as many statements as this package has texts.
type preparing struct{ driver.Connector }

// Connect implements driver.Connector.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	engine, ok := conn.(engineConn)
	if !ok {
		panic("sqlstore: the SQLite driver's connections have lost a method")
	}
	return &preparedConn{engineConn: engine, statements: map[string]driver.Stmt{}}, nil
}

// engineConn is what database/sql uses of a connection, but for the short cuts that
// execute a text without preparing it: they would pass the kept statements by.
type engineConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type preparedConn struct {
	engineConn
	statements map[string]driver.Stmt
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *preparedConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if kept, ok := c.statements[text]; ok {
		return kept, nil
	}
	stmt, err := c.engineConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	engine, ok := stmt.(engineStmt)
	if !ok {
		panic("sqlstore: the SQLite driver's statements have lost a method")
	}
	kept := keptStmt{engine}
	c.statements[text] = kept
	return kept, nil
}

// Close implements driver.Conn.
func (c *preparedConn) Close() error {
	for _, stmt := range c.statements {
		// The connection goes with them; there is nothing left to save.
		_ = stmt.(keptStmt).engineStmt.Close()
	}
	return c.engineConn.Close()
}

type engineStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keptStmt outlives its use: it is closed with its connection.
type keptStmt struct{ engineStmt }

// Close implements driver.Stmt.
func (keptStmt) Close() error { return nil }
