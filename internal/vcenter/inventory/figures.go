// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"encoding/json"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// esx is an ESX host as the vCenter shows it, with the values from which a compute node's figures are computed.
type esx struct {
	threads, cores, packages int64
	model                    string
	memory                   int64 // bytes
	used                     int64 // MB
	connected, maintenance   bool
	running, runningCPUs     int64 // VMs that are on, and their vCPUs
}

// space is the size of a datastore and its free space, in bytes.
type space struct{ capacity, free int64 }

const (
	mib = 1 << 20
	gib = 1 << 30
)

// clusterFigures computes a cluster's figures as Nova's VMware driver does: the CPU threads and memory of the hosts that are connected
// and not in maintenance, each rounded down by itself; the memory that these hosts report as used; and of the datastores only the one
// with the most free space, because the next instance goes there. There is no CPU info, because the hosts may differ.
//
// It also counts the running VMs of all hosts. The driver leaves vcpus_used at 0, for Nova's own count of instances.
func clusterFigures(hosts []esx, stores []space) openstack.Hypervisor {
	h := openstack.Hypervisor{State: openstack.Down, Status: openstack.Enabled}
	working := 0
	for _, host := range hosts {
		h.RunningVMs += host.running
		h.VCPUsUsed += host.runningCPUs
		if !host.connected {
			continue
		}
		if h.State = openstack.Up; host.maintenance {
			continue
		}
		working++
		h.VCPUs += host.threads
		h.MemoryMB += host.memory / mib
		h.MemoryMBUsed += host.used
	}
	if h.State == openstack.Up && working == 0 {
		h.Status, h.DisabledReason = openstack.Disabled, "every connected host of the cluster is in maintenance mode"
	}
	h.LocalGB, h.LocalGBUsed = largestFree(stores)
	return h
}

// hostFigures computes the figures of one host, whatever its state.
func hostFigures(host esx, stores []space) openstack.Hypervisor {
	h := openstack.Hypervisor{IsHost: true, State: openstack.Down, Status: openstack.Enabled, CPUInfo: cpuInfo(host), VCPUs: host.threads,
		VCPUsUsed: host.runningCPUs, MemoryMB: host.memory / mib, MemoryMBUsed: host.used, RunningVMs: host.running}
	if host.connected {
		h.State = openstack.Up
	}
	if host.maintenance {
		h.Status, h.DisabledReason = openstack.Disabled, "the host is in maintenance mode"
	}
	h.LocalGB, h.LocalGBUsed = largestFree(stores)
	return h
}

// largestFree returns the size and the used space of the datastore with the most free space, in GiB. Total and free space are rounded
// down, and used is their difference. Of equals it takes the first.
func largestFree(stores []space) (total, used int64) {
	var best space
	for _, s := range stores {
		if s.free > best.free {
			best = s
		}
	}
	total = best.capacity / gib
	return total, total - best.free/gib
}

// cpuInfo describes a host's processors in the compute API's JSON, with cores per socket and threads per core.
func cpuInfo(host esx) string {
	type topology struct {
		Sockets int64 `json:"sockets"`
		Cores   int64 `json:"cores"`
		Threads int64 `json:"threads"`
	}
	info := struct {
		Arch     string   `json:"arch"`
		Model    string   `json:"model"`
		Topology topology `json:"topology"`
	}{"x86_64", host.model, topology{Sockets: host.packages}}
	if host.packages > 0 && host.cores > 0 {
		info.Topology.Cores, info.Topology.Threads = host.cores/host.packages, host.threads/host.cores
	}
	text, _ := json.Marshal(info) // strings and numbers only
	return string(text)
}
