module github.com/usher-seats/usher

go 1.26.0
