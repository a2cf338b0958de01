// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// portName is what a portgroup calls a port that it makes; nothing where it has no format for it (API reference,
// DVPortgroupConfigInfo.portNameFormat).
func portName(format, dvs, portgroup string, index int) string {
	return strings.NewReplacer("<dvsName>", dvs, "<portgroupName>", portgroup, "<portIndex>", strconv.Itoa(index)).Replace(format)
}

// Shrink takes the ports of an elastic portgroup away that are not connected, booked or not, and gives how many went.
func (s *Ports) Shrink(ctx *simulator.Context, portgroup types.ManagedObjectReference) int {
	pg := base.Get[*simulator.DistributedVirtualPortgroup](ctx, portgroup)
	if !base.IsTrue(pg.Config.AutoExpand) {
		return 0
	}
	all := len(s.portsOf(ctx, portgroup))
	s.mu.Lock()
	s.of[portgroup] = slices.DeleteFunc(s.of[portgroup], func(p *switchPort) bool {
		free := p.Connectee == nil
		if free {
			delete(s.byKey, p.Key)
		}
		return free
	})
	left := len(s.of[portgroup])
	s.mu.Unlock()
	config := pg.Config
	config.NumPorts = int32(left)
	ctx.WithLock(pg, func() { ctx.Update(pg, []types.PropertyChange{{Name: "config", Val: config}}) })
	return all - left
}
