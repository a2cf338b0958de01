package vcsim

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// portName is what a portgroup calls a port that it makes; nothing where it has no format for it (API reference,
// DVPortgroupConfigInfo.portNameFormat).
func portName(format, dvs, portgroup string, index int) string {
	return strings.NewReplacer("<dvsName>", dvs, "<portgroupName>", portgroup, "<portIndex>", strconv.Itoa(index)).Replace(format)
}

// ShrinkPorts takes the ports away that are not connected, booked or not, as a switch may once an elastic portgroup has expanded, and says
// how many went. A portgroup without autoExpand never loses a free port (API reference, DVPortgroupConfigSpec.autoExpand).
func (v *VCenter) ShrinkPorts(portgroup types.ManagedObjectReference) int {
	ctx, ports := v.context(), v.rules.ports
	pg := get[*simulator.DistributedVirtualPortgroup](ctx, portgroup)
	if !set(pg.Config.AutoExpand) {
		return 0
	}
	all := len(ports.ready(ctx, portgroup))
	ports.mu.Lock()
	ports.of[portgroup] = slices.DeleteFunc(ports.of[portgroup], func(p *switchPort) bool {
		free := p.Connectee == nil
		if free {
			delete(ports.byKey, p.Key)
		}
		return free
	})
	left := len(ports.of[portgroup])
	ports.mu.Unlock()
	config := pg.Config
	config.NumPorts = int32(left)
	ctx.WithLock(pg, func() { ctx.Update(pg, []types.PropertyChange{{Name: "config", Val: config}}) })
	return all - left
}
