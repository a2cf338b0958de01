// SPDX-License-Identifier: MPL-2.0

package guests

import (
	"fmt"

	"github.com/vmware/govmomi/vim25/types"
)

// nicID is one NIC of one machine.
type nicID struct {
	vm  types.ManagedObjectReference
	key int32
}

// addressRange is what the DHCP server of a network hands out.
type addressRange struct {
	number int
	leases map[nicID]int // the n-th address
}

const (
	firstHost     = 10
	hostsPerBlock = 241 // up to 250
	blocks        = 9
)

// lease gives a NIC the address it has on a network: always the same, and one that no other NIC has. A range that is
// used up gives nothing, like a DHCP server's.
func (g *Guests) lease(id nicID, network string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.ranges[network]
	if r == nil {
		n := len(g.ranges) + 1
		r = &addressRange{number: n, leases: map[nicID]int{}}
		g.ranges[network] = r
	}
	if host, ok := r.leases[id]; ok {
		return []string{r.address(host)}
	}
	used := map[int]bool{}
	for _, host := range r.leases {
		used[host] = true
	}
	for host := range hostsPerBlock * blocks {
		if !used[host] {
			r.leases[id] = host
			return []string{r.address(host)}
		}
	}
	return nil
}

// address is the n-th of a range, which has room for two thousand: 10.0.1.10, and after 10.0.1.250 comes 10.16.1.10.
func (r *addressRange) address(n int) string {
	return fmt.Sprintf("10.%d.%d.%d/24", r.number/256+16*(n/hostsPerBlock), r.number%256, firstHost+n%hostsPerBlock)
}
