// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/switches"
)

// addSwitch makes the distributed switch and its portgroups.
func (d *datacenter) addSwitch() error {
	name := "dvs-1"
	if d.number > 1 {
		name = fmt.Sprintf("dc%d-dvs-1", d.number)
	}
	folder := d.folder(d.NetworkFolder)
	task := base.TaskOf(folder.CreateDVSTask(d.ctx(), &types.CreateDVS_Task{This: folder.Self, Spec: types.DVSCreateSpec{
		ConfigSpec: &types.VMwareDVSConfigSpec{
			DVSConfigSpec: types.DVSConfigSpec{
				Name:             name,
				ConfigVersion:    "1",
				UplinkPortPolicy: &types.DVSNameArrayUplinkPortPolicy{UplinkPortName: []string{"Uplink 1", "Uplink 2"}},
			},
			MaxMtu: 9000,
		},
	}}))
	ref, err := made(d.ctx(), task)
	if err != nil {
		return fmt.Errorf("creating the switch: %w", err)
	}
	dvs := base.Get[*simulator.DistributedVirtualSwitch](d.ctx(), ref)
	markUplink(d.ctx(), dvs)
	task = base.TaskOf(dvs.AddDVPortgroupTask(d.ctx(), &types.AddDVPortgroup_Task{This: ref, Spec: []types.DVPortgroupConfigSpec{
		portgroup("public", 100), portgroup("private", 200), segment("nsx-segment"),
	}}))
	if _, err = made(d.ctx(), task); err != nil {
		return fmt.Errorf("adding portgroups: %w", err)
	}
	return nil
}

// markUplink marks the first portgroup as the uplinks'. It is still being made, with the switch locked.
func markUplink(ctx *simulator.Context, dvs *simulator.DistributedVirtualSwitch) {
	ctx.WithLock(dvs, func() {
		for _, ref := range dvs.Portgroup {
			group := base.Get[*simulator.DistributedVirtualPortgroup](ctx, ref)
			group.Config.Uplink, group.Config.ConfigVersion = types.NewBool(true), "1"
			config := dvs.Config.GetDVSConfigInfo()
			config.UplinkPortgroup = append(config.UplinkPortgroup, ref)
		}
	})
}

func portgroup(name string, vlan int32) types.DVPortgroupConfigSpec {
	return types.DVPortgroupConfigSpec{
		Name:          name,
		Type:          string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding),
		NumPorts:      8,
		AutoExpand:    types.NewBool(true),
		ConfigVersion: "1",
		DefaultPortConfig: &types.VMwareDVSPortSetting{
			Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: vlan},
		},
	}
}

// segment is what vCenter shows of an NSX segment.
func segment(name string) types.DVPortgroupConfigSpec {
	id := uuid.NewString()
	return types.DVPortgroupConfigSpec{
		Name:              name,
		Type:              string(types.DistributedVirtualPortgroupPortgroupTypeEphemeral),
		BackingType:       string(types.DistributedVirtualPortgroupBackingTypeNsx),
		LogicalSwitchUuid: id,
		SegmentId:         "/infra/segments/" + name,
		ConfigVersion:     "1",
	}
}

// joinSwitch makes every host a member of the switch.
func (d *datacenter) joinSwitch() error {
	var members []types.DistributedVirtualSwitchHostMemberConfigSpec
	for _, host := range d.hosts {
		members = append(members, types.DistributedVirtualSwitchHostMemberConfigSpec{
			Operation: string(types.ConfigSpecOperationAdd), Host: host,
		})
	}
	for _, ref := range d.folder(d.NetworkFolder).ChildEntity {
		dvs, ok := d.ctx().Map.Get(ref).(*simulator.DistributedVirtualSwitch)
		if !ok {
			continue
		}
		task := base.TaskOf(dvs.ReconfigureDvsTask(d.ctx(), &types.ReconfigureDvs_Task{
			This: ref, Spec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Host: members}},
		}))
		if _, err := made(d.ctx(), task); err != nil {
			return fmt.Errorf("adding hosts to the switch: %w", err)
		}
		for _, member := range members {
			switches.NoteMember(d.ctx(), dvs, base.Get[*simulator.HostSystem](d.ctx(), member.Host), member)
		}
	}
	return nil
}
