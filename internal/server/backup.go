package server

import (
	"context"

	"github.com/usher-seats/usher/internal/sqlstore"
)

// Backup copies an SQLite database to the file target, which must not exist, also while a
// server runs on it. It returns the database's name and the copy's size. Of config it
// looks at Database.
func Backup(ctx context.Context, config Config, target string) (name string, size int64, err error) {
	database, err := config.database()
	if err != nil {
		return "", 0, err
	}
	size, err = sqlstore.Backup(ctx, database, target)
	return sqlstore.PublicName(database), size, err
}
