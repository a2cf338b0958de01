// SPDX-License-Identifier: MPL-2.0

package clusters

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/switches"
)

// Equip gives a host its processors and memory; the simulator's are those of a small virtual machine.
func Equip(h *simulator.HostSystem) {
	h.Runtime.ConnectionState = types.HostSystemConnectionStateConnected
	s := h.Summary.Hardware
	h.Summary.Config.SslThumbprint = HostThumbprint(h.Name)
	switches.AddAdapters(h)
	s.Vendor, s.Model, s.CpuModel = "Novasphere", "Simulated", "Simulated CPU @ 2.60GHz"
	s.NumCpuPkgs, s.NumCpuCores, s.NumCpuThreads = 2, HostCores, 2*HostCores
	s.CpuMhz, s.MemorySize = HostMHz, HostMemory
	h.Hardware.CpuInfo = types.HostCpuInfo{
		NumCpuPackages: 2, NumCpuCores: HostCores, NumCpuThreads: 2 * HostCores, Hz: HostMHz * 1_000_000,
	}
	h.Hardware.MemorySize = HostMemory
	h.Summary.QuickStats.OverallCpuUsage, h.Summary.QuickStats.OverallMemoryUsage = IdleMHz, IdleMemory
}

// HostThumbprint is the thumbprint of the certificate that the ESX host of a name presents.
func HostThumbprint(name string) string {
	sum := sha256.Sum256([]byte(name))
	parts := make([]string, 20) // as many bytes as SHA-1 has
	for i := range parts {
		parts[i] = fmt.Sprintf("%02X", sum[i])
	}
	return strings.Join(parts, ":")
}

// Hardware is what an ESX host has.
type Hardware struct {
	Packages, Cores, Threads int16
	MHz                      int32
	Memory                   int64 // bytes
}

func (hw Hardware) writeTo(h *simulator.HostSystem) {
	s := h.Summary.Hardware
	s.NumCpuPkgs, s.NumCpuCores, s.NumCpuThreads, s.CpuMhz, s.MemorySize = hw.Packages, hw.Cores, hw.Threads, hw.MHz, hw.Memory
	h.Hardware.CpuInfo = types.HostCpuInfo{NumCpuPackages: hw.Packages, NumCpuCores: hw.Cores, NumCpuThreads: hw.Threads,
		Hz: int64(hw.MHz) * 1_000_000}
	h.Hardware.MemorySize = hw.Memory
}

// SetHardware gives the host of a name another hardware than every host has.
func SetHardware(ctx *simulator.Context, name string, hw Hardware) error {
	for _, e := range ctx.Map.All("HostSystem") {
		if host := e.(*simulator.HostSystem); host.Name == name {
			ctx.WithLock(host, func() { hw.writeTo(host) })
			return nil
		}
	}
	return fmt.Errorf("no host %s", name)
}

// What each host has: enough that no test runs into a limit it did not ask for.
const (
	HostCores  = 16
	HostMHz    = 2600
	HostMemory = 128 * base.GiB
)
