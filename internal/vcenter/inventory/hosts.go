// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"sync"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Hosts caches what instances need to know about ESX hosts: EVC modes, and the compute node of each host.
type Hosts struct {
	c     *Inventory
	modes wire.Lookup[[]types.EVCMode]

	mu    sync.Mutex
	nodes map[ref]*wire.Lookup[hostNode]
}

// hostNode is the location of a VM on an ESX host.
type hostNode struct {
	Node string // the compute node that the host belongs to
	Host string // the host's name
}

// Clock returns the core speeds of the slowest and the fastest of a zone's connected hosts.
func (c *Inventory) Clock(ctx context.Context, zone string) (vmspec.Clock, error) {
	s, err := c.Places.In(zone)
	if err != nil {
		return vmspec.Clock{}, err
	}
	return s.clockOnce.Get(func() (clock vmspec.Clock, err error) {
		cluster, err := s.Cluster(ctx)
		if err != nil {
			return clock, err
		}
		questions := make([]property.Query, len(cluster.Host))
		for i, host := range cluster.Host {
			questions[i] = property.Query{Object: host, Paths: []string{"summary.hardware.cpuMhz", "runtime.connectionState"}}
		}
		found, err := c.wire.Retrieve(ctx, questions)
		if err != nil {
			return clock, faults.Explain("reading the cluster's hosts", err)
		}
		for _, content := range found {
			var host mo.HostSystem
			if err := mo.LoadObjectContent([]types.ObjectContent{content}, &host); err != nil || host.Summary.Hardware == nil ||
				host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected {
				continue
			}
			mhz := int64(host.Summary.Hardware.CpuMhz)
			clock.Fastest = max(clock.Fastest, mhz)
			if clock.Slowest == 0 || mhz < clock.Slowest {
				clock.Slowest = mhz
			}
		}
		return clock, nil
	})
}

// Home returns the compute node of a host, by the name that Nova's driver gives it, "<cluster>.<the vCenter's UUID>", and the host's own
// name. Both are empty if they cannot be read. Each host is read once, batched with concurrent reads.
func (h *Hosts) Home(ctx context.Context, host *ref) hostNode {
	if host == nil {
		return hostNode{}
	}
	h.mu.Lock()
	if h.nodes == nil {
		h.nodes = map[ref]*wire.Lookup[hostNode]{}
	}
	if h.nodes[*host] == nil {
		h.nodes[*host] = &wire.Lookup[hostNode]{}
	}
	slot := h.nodes[*host]
	h.mu.Unlock()
	found, _ := slot.Get(func() (hostNode, error) {
		system, err := wire.Read[mo.HostSystem](ctx, h.c.wire, *host, []string{"name", "parent"})
		if err != nil || system.Parent == nil {
			return hostNode{}, err
		}
		node, err := h.c.nodeName(ctx, *system.Parent)
		return hostNode{node, system.Name}, err
	})
	return found
}

// Forget drops the cached compute nodes of hosts.
func (h *Hosts) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.nodes = nil
}

// mode finds an EVC mode by its key.
func (h *Hosts) mode(ctx context.Context, key string) (types.EVCMode, error) {
	all, err := h.modes.Get(func() ([]types.EVCMode, error) {
		instance, err := wire.Read[mo.ServiceInstance](ctx, h.c.wire, ref{Type: "ServiceInstance", Value: "ServiceInstance"},
			[]string{"capability"})
		return instance.Capability.SupportedEVCMode, err
	})
	if err != nil {
		return types.EVCMode{}, faults.Explain("reading the vCenter's EVC modes", err)
	}
	keys := make([]string, len(all))
	for i, mode := range all {
		if keys[i] = mode.Key; mode.Key == key {
			return mode, nil
		}
	}
	return types.EVCMode{}, faults.NoSuch("EVC mode", key, "the vCenter", keys)
}

// CheckEVCMode refuses a mode that the vCenter does not know.
func (c *Inventory) CheckEVCMode(ctx context.Context, key string) error {
	_, err := c.Hosts.mode(ctx, key)
	return err
}

// ApplyEVCMode sets the EVC mode of a VM that is off; an empty key removes it.
func (c *Inventory) ApplyEVCMode(ctx context.Context, vm ref, name, key string) error {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	request := types.ApplyEvcModeVM_Task{This: vm, CompleteMasks: types.NewBool(true)}
	if key != "" {
		mode, err := c.Hosts.mode(ctx, key)
		if err != nil {
			return err
		}
		request.Mask = mode.FeatureMask
	}
	err = retry.Once(func() error {
		_, err := c.wire.RunTaskWith(ctx, &wire.TaskRun{On: vm}, func(ctx context.Context) (ref, error) {
			res, err := methods.ApplyEvcModeVM_Task(ctx, vim, &request)
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
		return err
	})
	return faults.Explain("setting the EVC mode of "+name, err)
}

// Upgrade raises the hardware version of a VM that is off.
func (c *Inventory) Upgrade(ctx context.Context, vm ref, name, version string) error {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	err = retry.Once(func() error {
		_, err := c.wire.RunTaskWith(ctx, &wire.TaskRun{On: vm}, func(ctx context.Context) (ref, error) {
			res, err := methods.UpgradeVM_Task(ctx, vim, &types.UpgradeVM_Task{This: vm, Version: version})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
		return err
	})
	if faults.Is[*types.AlreadyUpgraded](err) {
		return nil
	}
	return faults.Explain("raising the hardware version of "+name+" to "+version, err)
}
