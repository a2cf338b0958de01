// SPDX-License-Identifier: MPL-2.0

package blocks

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// LeavingKey holds, on a VM about to be destroyed, what is to be done with volumes that are off it by then.
const LeavingKey = "novasphere.leaving"

// Leaving is what becomes of an instance's volumes before its VM is destroyed, so that a killed process finds on the VM what is left to do.
type Leaving struct {
	Delete   []string `json:"delete,omitempty"`   // ids of volumes that go with the instance
	Register string   `json:"register,omitempty"` // the file of a root disk that stays as a volume, and is none yet
}

// Empty reports whether there is nothing to do.
func (l Leaving) Empty() bool { return len(l.Delete) == 0 && l.Register == "" }

// Text encodes l for LeavingKey.
func (l Leaving) Text() string {
	raw, _ := json.Marshal(l) // strings only
	return string(raw)
}

// LeavingOf says what becomes of an instance's volumes. An earlier attempt may have noted it already. Those made for an instance that
// never ran, because it is unused or was never finished, go with it.
func (b *Blocks) LeavingOf(ctx context.Context, m Machine, unused bool) (out Leaving, err error) {
	keys := machine.RecordsOn(m.VM.Config)
	_ = json.Unmarshal([]byte(keys[LeavingKey]), &out) // an unreadable note is written anew
	if !m.Own() {
		return out, nil
	}
	unused = unused || keys[machine.UnfinishedKey] != "" && machine.IsOff(m.VM)
	if root := hardware.RootDisk(m.VM.Config.Hardware.Device); m.Unregistered && root != nil && !unused && out.Register == "" {
		out.Register = machine.DiskFile(root)
	}
	for i, block := range m.BlockDevices {
		if !block.Registered() || block.Source == openstack.SourceVolume || !block.DeletedWithServer() && !unused {
			continue
		}
		id := m.BlockVolumes[i]
		if id == "" && unused {
			if id, err = b.volumes.ByMark(ctx, markOf(m.ID, i)); err != nil {
				return out, err
			}
		}
		if id != "" && !slices.Contains(out.Delete, id) {
			out.Delete = append(out.Delete, id)
		}
	}
	return out, nil
}

// Leave does it, once the disks are off the VM. It may be repeated. Only volumes that were made for the instance's blocks are deleted,
// whatever the note on the VM names.
func (b *Blocks) Leave(ctx context.Context, m Machine, l Leaving) error {
	var all []error
	if at := openstack.BootBlock(m.BlockDevices); l.Register != "" && at >= 0 {
		_, err := b.volumes.Register(ctx, b.registration(m, at, l.Register))
		all = append(all, err)
	}
	marks := make([]string, len(m.BlockDevices))
	for i := range marks {
		marks[i] = markOf(m.ID, i)
	}
	for _, id := range l.Delete {
		all = append(all, b.volumes.DeleteMade(ctx, id, marks...))
	}
	return errors.Join(all...)
}
