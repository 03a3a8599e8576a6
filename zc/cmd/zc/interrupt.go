package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// untilSignal ends with the first signal that asks the program to stop: an interrupt, a termination, or the end of
// the terminal, unless nohup has put that off.
func untilSignal(parent context.Context) context.Context {
	stops := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		stops = append(stops, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(parent, stops...)
	// After the first signal the default action is back, so that a second one ends a run that hangs.
	context.AfterFunc(ctx, stop)
	return ctx
}

// soon is how long one waits after a signal before one wonders whether it has come.
const soon = 300 * time.Millisecond

// finishing says after a signal, unless done is called soon, what is finished first.
func (a *app) finishing(what string) (done func()) {
	finished, said := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(a.ctx, func() {
		defer close(said)
		select {
		case <-finished:
		case <-time.After(soon):
			a.say("finishing " + what + "; a second signal stops at once")
		}
	})
	return func() {
		close(finished)
		if !stop() {
			<-said // nobody else writes to standard error while it does
		}
	}
}
