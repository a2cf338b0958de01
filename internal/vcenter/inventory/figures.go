package inventory

import (
	"encoding/json"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// esx is what the vCenter shows of a host, as far as a compute node's figures follow from it.
type esx struct {
	threads, cores, packages int64
	model                    string
	memory                   int64 // bytes
	used                     int64 // MB
	connected, maintenance   bool
	running, runningCPUs     int64 // VMs that are on, and their vCPUs
}

// space is a datastore: what it holds and what of it is free, in bytes.
type space struct{ capacity, free int64 }

const (
	mib = 1 << 20
	gib = 1 << 30
)

// clusterFigures adds up what a cluster has, as Nova's VMware driver does: the CPU threads and the memory of the hosts that are
// connected and not in maintenance, each rounded down by itself; the memory that these say is in use; and of the datastores the one
// with the most free space alone, because that is where the next instance goes. There is no CPU info: the hosts may differ.
//
// What runs is counted beside, on all hosts. The driver itself leaves vcpus_used at 0, to Nova's own count of instances.
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

// hostFigures is what one host has by itself, in whatever state it is.
func hostFigures(host esx, stores []space) openstack.Hypervisor {
	h := openstack.Hypervisor{IsHost: true, State: openstack.Down, Status: openstack.Enabled, CPUInfo: cpuInfo(host), VCPUs: host.threads,
		VCPUsUsed: host.runningCPUs,
		MemoryMB:  host.memory / mib, MemoryMBUsed: host.used, RunningVMs: host.running}
	if host.connected {
		h.State = openstack.Up
	}
	if host.maintenance {
		h.Status, h.DisabledReason = openstack.Disabled, "the host is in maintenance mode"
	}
	h.LocalGB, h.LocalGBUsed = largestFree(stores)
	return h
}

// largestFree is the datastore with the most free space, in GiB: the total and the free space are rounded down, and what lies between
// them is in use. Of several alike it is the first.
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

// cpuInfo describes a host's processors as the compute API does: cores of a socket, threads of a core.
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
