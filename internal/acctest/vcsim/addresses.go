package vcsim

import (
	"net"
	"net/netip"
	"slices"
)

// maskBits is the length of a mask such as 255.255.255.0, and 0 where it is none.
func maskBits(mask string) int {
	ip := net.ParseIP(mask).To4()
	if ip == nil {
		return 0
	}
	bits, _ := net.IPMask(ip).Size()
	return bits
}

func addresses(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool {
		_, err := netip.ParseAddr(v)
		return err != nil
	})
}
