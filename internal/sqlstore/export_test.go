package sqlstore

import "database/sql"

// VersionTable is where a test finds the schema's version.
const VersionTable = versionTable

// Writer is the one connection that writes.
func (s *Store) Writer() *sql.DB { return s.writer }

// Readers are the connections that read.
func (s *Store) Readers() *sql.DB { return s.readers }
