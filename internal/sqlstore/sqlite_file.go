package sqlstore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// prepareFile sees to it that there is a file which this process may write, and that it
// is SQLite's or empty.
func prepareFile(path string, mustExist bool) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return createFile(path, mustExist)
	case err != nil:
		return fmt.Errorf("open database %s: %w", path, err)
	case info.IsDir():
		return fmt.Errorf("open database %s: it is a directory; give the path of a file, such as %s", path, filepath.Join(path, "usher.db"))
	case !info.Mode().IsRegular():
		return fmt.Errorf("open database %s: it is not an ordinary file; give the path of one, or of one that can be created", path)
	case info.Mode().Perm()&0o222 == 0:
		return readOnlyFile(path)
	}
	return checkHeader(path, mustExist)
}

func createFile(path string, mustExist bool) error {
	if mustExist {
		return fmt.Errorf("open database %s: there is no such file; check the path, or start the server once to create it", path)
	}
	directory := filepath.Dir(path)
	if _, err := os.Stat(directory); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("open database %s: the directory %s does not exist; create it first", path, directory)
	}
	// SQLite gives the files beside it the same mode. They hold names and e-mail addresses.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("open database %s: no permission to create files in %s; give the directory to the user that runs usher: %w", path, directory, err)
	}
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return file.Close()
}

func readOnlyFile(path string) error {
	return fmt.Errorf("open database %s: the file is read-only; make it writable for the user that runs usher (chmod u+w)", path)
}

// checkHeader reads what every SQLite database begins with. SQLite itself would take some
// other files for new databases and write over them.
func checkHeader(path string, mustExist bool) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrPermission) {
		return readOnlyFile(path)
	}
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	const magic = "SQLite format 3\x00"
	header := make([]byte, len(magic))
	n, err := io.ReadFull(file, header)
	switch closeErr := file.Close(); {
	case n == 0 && errors.Is(err, io.EOF) && mustExist:
		return errors.Join(notADatabase(path), closeErr)
	case n == 0 && errors.Is(err, io.EOF):
		return closeErr // empty: a database that is still to be made
	case string(header) != magic:
		return notADatabase(path)
	default:
		return errors.Join(err, closeErr)
	}
}

func notADatabase(path string) error {
	return fmt.Errorf("open database %s: the file is not an SQLite database; give another path, or move it away to start with a new one", path)
}
