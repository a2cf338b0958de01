// SPDX-License-Identifier: MPL-2.0

package region

import (
	"context"
	"time"
)

// Home identifies the server that a configured provider works with. A state remembers it: at another server its ids are unknown at best,
// and belong to foreign objects at worst.
type Home interface {
	Home(ctx context.Context) (uuid string, err error) // AboutInfo.instanceUuid; empty where the server has none
	Datacenter(ctx context.Context) (moref string, err error)
	Address() string         // its address, for people
	Patience() time.Duration // how long one call may wait for an answer
	Former() string          // the UUID of the server that this one replaces; empty: none
}

// in is the home of a region.
type in struct {
	server
	name string
}

type server = Home // embedded under a name that none of its methods has

// Within returns the Home of a region, to be the first of its clients.
func Within(name string, home Home) Home { return in{home, name} }

// NameOf returns the name of the region that a home is in; empty where the provider has one vCenter.
func NameOf(home Home) string {
	if in, is := home.(in); is {
		return in.name
	}
	return ""
}

// Clause returns where a server is as the end of a title, " in the region west"; nothing where the provider has no regions.
func Clause(home Home) string {
	if name := NameOf(home); name != "" {
		return " in the region " + name
	}
	return ""
}
