// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"slices"
	"strconv"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Ports are the ports of all distributed switches: what each is called, what it overrides, and who is connected. The
// simulator's own ports have the same keys in every portgroup and know nothing.
//
// A NIC that names no port takes none here, where a real switch gives it one of those that are free.
type Ports struct {
	mu    sync.Mutex
	last  int
	of    map[types.ManagedObjectReference][]*switchPort // by portgroup, in the order of their keys
	byKey map[string]*switchPort
}

type switchPort struct {
	types.DistributedVirtualPort
	version int
	resets  bool // its configuration goes when its NIC does
}

func newSwitchPorts() *Ports {
	return &Ports{of: map[types.ManagedObjectReference][]*switchPort{}, byKey: map[string]*switchPort{}}
}

// portsOf gives a portgroup of the early binding kind the ports that its configuration counts. Keys are unique on every switch.
func (s *Ports) portsOf(ctx *simulator.Context, ref types.ManagedObjectReference) []*switchPort {
	pg, ok := ctx.Map.Get(ref).(*simulator.DistributedVirtualPortgroup)
	if !ok || pg.Config.Type != string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding) {
		return nil
	}
	dvs := base.Get[*simulator.DistributedVirtualSwitch](ctx, *pg.Config.DistributedVirtualSwitch)
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.of[ref]) < int(pg.Config.NumPorts) {
		port := &switchPort{version: 1}
		port.Key, port.DvsUuid, port.PortgroupKey = strconv.Itoa(s.last), dvs.Uuid, pg.Key
		port.Config.Name = portName(pg.Config.PortNameFormat, dvs.Name, pg.Name, len(s.of[ref]))
		s.last++
		s.of[ref], s.byKey[port.Key] = append(s.of[ref], port), port
	}
	for _, port := range s.of[ref] {
		if policy, ok := pg.Config.Policy.(*types.VMwareDVSPortgroupPolicy); ok {
			port.resets = policy.PortConfigResetAtDisconnect
		}
	}
	return s.of[ref]
}

// Check refuses a NIC on a port that is not its portgroup's, or that another NIC has.
func (s *Ports) Check(ctx *simulator.Context, have []types.BaseVirtualDevice,
	want types.DistributedVirtualSwitchPortConnection) types.BaseMethodFault {
	if want.PortKey == "" {
		return nil
	}
	for _, d := range have {
		if card, ok := d.(types.BaseVirtualEthernetCard); ok {
			if own, ok := card.GetVirtualEthernetCard().Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok &&
				own.Port.PortKey == want.PortKey {
				return nil // it is connected to it already
			}
		}
	}
	all := s.portsOf(ctx, types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: want.PortgroupKey})
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(all, func(p *switchPort) bool { return p.Key == want.PortKey })
	switch {
	case i < 0:
		return base.InvalidBacking("port.portKey")
	case all[i].Connectee != nil:
		return &types.ResourceInUse{Type: "DistributedVirtualPort", Name: want.PortKey}
	}
	return nil
}

// NoteCards notes which ports a machine's NICs have, and frees those that they have no more.
func (s *Ports) NoteCards(vm *mo.VirtualMachine) {
	held := map[string]string{}
	for _, c := range base.NICs(vm) {
		if b, ok := c.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok && b.Port.PortKey != "" {
			held[b.Port.PortKey] = strconv.Itoa(int(c.Key))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disconnect(vm.Self, func(key string) bool { return held[key] == "" })
	for key, nic := range held {
		if port := s.byKey[key]; port != nil && port.Connectee == nil {
			self := vm.Self
			port.Connectee = &types.DistributedVirtualSwitchPortConnectee{ConnectedEntity: &self, NicKey: nic,
				Type: string(types.DistributedVirtualSwitchPortConnecteeConnecteeTypeVmVnic)}
		}
	}
}

// NoteRemoved frees every port of a machine.
func (s *Ports) NoteRemoved(vm types.ManagedObjectReference) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disconnect(vm, func(string) bool { return true })
}

// disconnect takes a machine's NICs off some ports, whose configuration goes with them where the portgroup says so.
func (s *Ports) disconnect(vm types.ManagedObjectReference, from func(key string) bool) {
	for key, port := range s.byKey {
		if port.Connectee == nil || *port.Connectee.ConnectedEntity != vm || !from(key) {
			continue
		}
		if port.Connectee = nil; port.resets {
			port.Config, port.version = types.DVPortConfigInfo{}, port.version+1
		}
	}
}

// FetchDVPorts gives the ports of a switch that meet the criteria, each with its own overrides on top of its portgroup's setting.
func (s *switchRules) FetchDVPorts(ctx *simulator.Context, req *types.FetchDVPorts) soap.HasFault {
	dvs := base.Get[*simulator.DistributedVirtualSwitch](ctx, req.This)
	body := &methods.FetchDVPortsBody{Res: &types.FetchDVPortsResponse{}}
	for _, ref := range dvs.Portgroup {
		pg := base.Get[*simulator.DistributedVirtualPortgroup](ctx, ref)
		ports := s.Ports.portsOf(ctx, ref)
		s.Ports.mu.Lock()
		for _, port := range ports {
			if matches(port, req.Criteria) {
				seen := port.DistributedVirtualPort
				seen.Config.ConfigVersion = strconv.Itoa(port.version)
				seen.Config.Setting = effectiveSetting(pg.Config.DefaultPortConfig, port.Config.Setting)
				body.Res.Returnval = append(body.Res.Returnval, seen)
			}
		}
		s.Ports.mu.Unlock()
	}
	return body
}

func matches(p *switchPort, c *types.DistributedVirtualSwitchPortCriteria) bool {
	switch {
	case c == nil:
		return true
	case c.Connected != nil && *c.Connected != (p.Connectee != nil):
		return false
	case len(c.PortKey) > 0 && !slices.Contains(c.PortKey, p.Key):
		return false
	case len(c.PortgroupKey) > 0 && c.Inside != nil && *c.Inside != slices.Contains(c.PortgroupKey, p.PortgroupKey):
		return false
	}
	return true
}

// effectiveSetting is a port's setting as it holds: what the port does not override is its portgroup's, and marked as inherited.
func effectiveSetting(group, own types.BaseDVPortSetting) types.BaseDVPortSetting {
	setting, ok := group.(*types.VMwareDVSPortSetting)
	if !ok {
		return own
	}
	out := *setting
	if out.Blocked != nil {
		inherited := *out.Blocked
		inherited.Inherited = true
		out.Blocked = &inherited
	}
	if out.SecurityPolicy != nil {
		inherited := *out.SecurityPolicy
		inherited.Inherited = true
		out.SecurityPolicy = &inherited
	}
	if out.FilterPolicy != nil {
		inherited := *out.FilterPolicy
		inherited.Inherited = true
		out.FilterPolicy = &inherited
	}
	inheritWires(&out)
	if own == nil {
		return &out
	}
	merged := mergedSetting(&out, own)
	if s, ok := merged.(*types.VMwareDVSPortSetting); ok && s.SecurityPolicy != nil && out.SecurityPolicy != nil {
		s.SecurityPolicy = inheritSecurity(*s.SecurityPolicy, *out.SecurityPolicy)
	}
	return merged
}

// inheritSecurity fills in what a port's security leaves to its portgroup.
func inheritSecurity(own, group types.DVSSecurityPolicy) *types.DVSSecurityPolicy {
	for _, one := range []struct{ own, group **types.BoolPolicy }{
		{&own.AllowPromiscuous, &group.AllowPromiscuous}, {&own.MacChanges, &group.MacChanges}, {&own.ForgedTransmits, &group.ForgedTransmits},
	} {
		if *one.own != nil && (*one.own).Inherited && *one.group != nil {
			filled := **one.group
			filled.Inherited = true
			*one.own = &filled
		}
	}
	return &own
}

// ReconfigureDVPortTask changes ports, all or none, each only where the caller has seen its newest version and its portgroup lets it
// override what is overridden.
func (s *switchRules) ReconfigureDVPortTask(ctx *simulator.Context, req *types.ReconfigureDVPort_Task) soap.HasFault {
	dvs := base.Get[*simulator.DistributedVirtualSwitch](ctx, req.This)
	policies := map[string]types.BaseDVPortgroupPolicy{}
	for _, ref := range dvs.Portgroup {
		pg := base.Get[*simulator.DistributedVirtualPortgroup](ctx, ref)
		policies[pg.Key] = pg.Config.Policy
		s.Ports.portsOf(ctx, ref)
	}
	ref := simulator.CreateTask(dvs, "reconfigurePort", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return nil, s.Ports.reconfigure(dvs.Uuid, policies, req.Port)
	}).Run(ctx)
	return &methods.ReconfigureDVPort_TaskBody{Res: &types.ReconfigureDVPort_TaskResponse{Returnval: ref}}
}

func (s *Ports) reconfigure(dvs string, policies map[string]types.BaseDVPortgroupPolicy,
	specs []types.DVPortConfigSpec) types.BaseMethodFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, spec := range specs {
		port := s.byKey[spec.Key]
		switch {
		case spec.Operation != string(types.ConfigSpecOperationEdit):
			return &types.InvalidArgument{InvalidProperty: "port.operation"}
		case port == nil || port.DvsUuid != dvs:
			return &types.InvalidArgument{InvalidProperty: "port.key"}
		case spec.ConfigVersion != "" && spec.ConfigVersion != strconv.Itoa(port.version):
			return &types.ConcurrentAccess{}
		}
		if property := forbiddenOverride(policies[port.PortgroupKey], spec.Setting); property != "" {
			return &types.InvalidArgument{InvalidProperty: "port.setting." + property}
		}
		if property := wrongWires(spec.Setting); property != "" {
			return &types.InvalidArgument{InvalidProperty: "port.setting." + property}
		}
		if property := wrongFilter(spec.Setting); property != "" {
			return &types.InvalidArgument{InvalidProperty: "port.setting.filterPolicy." + property}
		}
	}
	for _, spec := range specs {
		port := s.byKey[spec.Key]
		if port.version++; spec.Name != "" {
			port.Config.Name = spec.Name
		}
		if spec.Description != "" {
			port.Config.Description = spec.Description
		}
		if spec.Setting != nil {
			port.Config.Setting = mergedOverrides(port.Config.Setting, spec.Setting)
		}
	}
	return nil
}

// mergedOverrides are a port's own policies with others on top.
func mergedOverrides(have, change types.BaseDVPortSetting) types.BaseDVPortSetting {
	own, ok := change.(*types.VMwareDVSPortSetting)
	if !ok {
		return change
	}
	if have != nil {
		if own, ok = mergedSetting(have, change).(*types.VMwareDVSPortSetting); !ok {
			return change
		}
	}
	kept := *own
	if kept.Blocked != nil && kept.Blocked.Inherited { // it is the portgroup's again
		kept.Blocked = nil
	}
	if kept.SecurityPolicy != nil && kept.SecurityPolicy.Inherited {
		kept.SecurityPolicy = nil
	}
	if kept.FilterPolicy != nil && kept.FilterPolicy.Inherited {
		kept.FilterPolicy = nil
	}
	dropInheritedWires(&kept)
	return &kept
}

// forbiddenOverride is the first policy of a setting that a portgroup does not let its ports override.
func forbiddenOverride(policy types.BaseDVPortgroupPolicy, setting types.BaseDVPortSetting) string {
	p, ok1 := policy.(*types.VMwareDVSPortgroupPolicy)
	s, ok2 := setting.(*types.VMwareDVSPortSetting)
	if !ok1 || !ok2 {
		return ""
	}
	for _, one := range []struct {
		name         string
		set, allowed bool
	}{
		{"blocked", s.Blocked != nil && !s.Blocked.Inherited, p.BlockOverrideAllowed},
		{"vlan", s.Vlan != nil && !inheritedVLAN(s.Vlan), p.VlanOverrideAllowed},
		{"inShapingPolicy", s.InShapingPolicy != nil && !s.InShapingPolicy.Inherited, p.ShapingOverrideAllowed},
		{"outShapingPolicy", s.OutShapingPolicy != nil && !s.OutShapingPolicy.Inherited, p.ShapingOverrideAllowed},
		{"securityPolicy", s.SecurityPolicy != nil && !s.SecurityPolicy.Inherited, p.SecurityPolicyOverrideAllowed},
		{"filterPolicy", s.FilterPolicy != nil && !s.FilterPolicy.Inherited, base.IsTrue(p.TrafficFilterOverrideAllowed)},
	} {
		if one.set && !one.allowed {
			return one.name
		}
	}
	return ""
}
