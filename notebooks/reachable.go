package main

import (
	"fmt"
	"net/netip"
)

// reachable warns of an address that other machines can reach, "" for one that they cannot.
func reachable(ip string, port int) string {
	if addr, err := netip.ParseAddr(ip); ip == "localhost" || err == nil && addr.IsLoopback() {
		return ""
	}
	return fmt.Sprintf("Warning: with -ip %s, whoever can reach port %d of this machine and has the token can run programs here. "+
		"The token travels unencrypted: use it in a container whose port is published on 127.0.0.1, or in a network that you trust.", ip, port)
}
