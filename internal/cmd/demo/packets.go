// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"text/tabwriter"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
)

// A trip is the first packet of a TCP connection by the names of its ends, and what is to become of it. Where it is dropped, arrives has no
// names.
type trip struct {
	from, to string
	port     int
	arrives  struct {
		from, to string
		port     int
	}
}

func goes(from, to string, port int, arrivesFrom, arrivesAt string, arrivesPort int) trip {
	t := trip{from: from, to: to, port: port}
	t.arrives.from, t.arrives.to, t.arrives.port = arrivesFrom, arrivesAt, arrivesPort
	return t
}

func dropped(from, to string, port int) trip { return trip{from: from, to: to, port: port} }

// trips show what the example's groups allow and what its router translates. The world is somebody outside of NSX; the site, the forwarding
// and the router are the addresses that the world sees.
var trips = []trip{
	goes("the world", "the site", 443, "the world", "web-0", 443),
	dropped("the world", "the site", 22),
	goes("the world", "the forwarding", 2222, "the world", "bastion", 22),
	dropped("the world", "the forwarding", 22),
	goes("bastion", "db-0", 22, "bastion", "db-0", 22),
	goes("web-0", "db-1", 5432, "web-0", "db-1", 5432),
	dropped("bastion", "db-1", 5432),
	dropped("db-0", "web-1", 22),
	goes("db-0", "db-1", 5433, "db-0", "db-1", 5433),
	goes("web-0", "the world", 443, "the site", "the world", 443),
	goes("web-1", "the world", 443, "the router", "the world", 443),
	goes("bastion", "the world", 443, "the router", "the world", 443),
	goes("db-2", "the world", 443, "the router", "the world", 443),
}

// addresses are those of the example's instances, and of all ends of trips.
type addresses struct {
	instances map[string]string
	ends      map[string]netip.Addr
}

// newAddresses reads the example's outputs.
func newAddresses(values map[string]map[string]string) (addresses, error) {
	a := addresses{instances: values["addresses"], ends: map[string]netip.Addr{}}
	if len(a.instances) == 0 {
		return addresses{}, errors.New("the outputs name no instance")
	}
	outside := values["outside"]
	texts := map[string]string{"the world": "198.51.100.7", "the site": outside["site"], "the forwarding": outside["ssh"],
		"the router": outside["router"]}
	maps.Copy(texts, a.instances)
	for name, text := range texts {
		end, err := netip.ParseAddr(text)
		if err != nil {
			return addresses{}, fmt.Errorf("the address of %s: %w", name, err)
		}
		a.ends[name] = end
	}
	return a, nil
}

// name returns the name of the end that has an address, and the address where nobody has it.
func (a addresses) name(of netip.Addr) string {
	for _, name := range slices.Sorted(maps.Keys(a.ends)) {
		if a.ends[name] == of {
			return name
		}
	}
	return of.String()
}

// network is an NSX that packets can be sent through.
type network interface {
	Follow(router string, p nsxsim.RoutedPacket) nsxsim.Journey
	Paths(kind string) []string
	Object(path string) (map[string]any, bool)
	Left() []string
}

// routerNamed returns the path of the tier-1 gateway of a name.
func routerNamed(n network, name string) (string, error) {
	for _, at := range n.Paths("Tier1") {
		if body, _ := n.Object(at); body["display_name"] == name {
			return at, nil
		}
	}
	return "", fmt.Errorf("NSX has no tier-1 gateway with the name %s", name)
}

// sendAll sends the packets of all trips, writes what becomes of each, and returns an error that names those of which something else
// becomes than is to.
func sendAll(out io.Writer, n network, router string, a addresses) (err error) {
	for _, name := range []string{"the site", "the forwarding", "the router"} {
		fmt.Fprintf(out, "\n  %s is %s", name, a.ends[name])
	}
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "\n\n  FROM\tTO\tARRIVES FROM\tARRIVES AT")
	for _, t := range trips {
		j := n.Follow(router, nsxsim.RoutedPacket{Protocol: 6, Source: a.ends[t.from], Destination: a.ends[t.to], SourcePort: 40000,
			DestinationPort: t.port})
		is := dropped(t.from, t.to, t.port)
		said := "-\t-\tdropped"
		if j.Delivered {
			is = goes(t.from, t.to, t.port, a.name(j.Arrives.Source), a.name(j.Arrives.Destination), j.Arrives.DestinationPort)
			said = fmt.Sprintf("%s\t%s:%d\t%s", is.arrives.from, is.arrives.to, is.arrives.port, answer(j))
		}
		fmt.Fprintf(table, "  %s\t%s:%d\t%s\n", t.from, t.to, t.port, said)
		if is != t || j.Delivered != j.Answered {
			err = errors.Join(err, fmt.Errorf("from %s to %s:%d: %s, and %+v is expected", t.from, t.to, t.port, answer(j), t.arrives))
		}
	}
	_ = table.Flush()
	if err != nil {
		fmt.Fprintln(out)
	}
	return err
}

// answer says whether a packet passes, and its answer.
func answer(j nsxsim.Journey) string {
	switch {
	case j.Answered:
		return "passes, and so does the answer"
	case j.Delivered:
		return "passes, and the answer does not"
	}
	return "dropped"
}
