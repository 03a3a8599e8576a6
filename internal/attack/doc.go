// Package attack holds tests that try to break what reads outside data and what keeps scores: too slow for every
// change, they run with
//
//	go test -tags attack -timeout 2h ./internal/attack -files 10000 -kills 200
//
// They print how many files were read and programs killed, and fail where one panics, hangs, takes memory without
// bounds or loses a row that it said was kept.
package attack
