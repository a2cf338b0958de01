// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// changedParameters returns the extraConfig keys that a change sets: the instance's record, its guestinfo, its ports and its affinity.
func (c *Servers) changedParameters(vm mo.VirtualMachine, have, next openstack.Server, want Update,
	ch change) (extra map[string]string, err error) {
	raw, keys := machine.Parameters(vm), machine.RecordsOn(vm.Config)
	extra = machine.Retold(keys, have)
	maps.Copy(keys, extra)
	changed, err := changedRecords(keys, have, next, want.RewriteUserData)
	if err != nil {
		return nil, err
	}
	maps.Copy(extra, changed)
	if have.Unfinished {
		extra[machine.UnfinishedKey] = ""
	}
	if want.RewriteNetwork && have.Own() {
		now := maps.Clone(keys)
		maps.Copy(now, extra)
		guest, err := guest.WithNetwork(now["guestinfo.metadata"], now["guestinfo.metadata.encoding"],
			cloudInitNICs(have.Properties, next.NICs))
		if err != nil {
			return nil, err
		}
		maps.Copy(extra, guest)
	}
	maps.Copy(extra, vmspec.PortKeys(raw, machine.PortsIn(keys, machine.RecordOf(next),
		machine.GonePorts(machine.RecordedNICs(keys), next.NICs))))
	if !have.Recorded && have.Mark == nil {
		mark := c.records.Mark(machine.Fingerprint(next))
		mark.Adopted = true
		extra[records.MarkKey] = records.MarkText(mark)
	}
	if ch.was.Text() != ch.now.Text() {
		extra[machine.AffinityKey] = ch.now.Text()
	}
	if len(extra) > 0 {
		extra = machine.Identified(raw, have.ID, extra)
	}
	return extra, nil
}

// changedRecords returns the extraConfig keys that follow from the instance's record. It leaves guestinfo of a VM that this provider did
// not make alone: its maker writes that.
func changedRecords(keys map[string]string, have, next openstack.Server, rewrite bool) (map[string]string, error) {
	extra := map[string]string{}
	if have.Own() && !maps.Equal(have.Metadata, next.Metadata) {
		guest, err := guest.WithMetadata(keys["guestinfo.metadata"], keys["guestinfo.metadata.encoding"], next.Metadata)
		if err != nil {
			return nil, err
		}
		maps.Copy(extra, guest)
	}
	if rewrite && have.Own() && next.UserData != "" {
		guest, err := guest.UserDataKeys(next.UserData)
		if err != nil {
			return nil, err
		}
		maps.Copy(extra, guest)
	}
	if text := keepUpdated(keys[machine.RecordKey], machine.RecordOf(next)); text != "" {
		extra[machine.RecordKey] = text
	}
	return extra, nil
}

// keepUpdated returns the record's new text, or "" where only its time would differ.
func keepUpdated(old string, next machine.Record) string {
	var had machine.Record
	if json.Unmarshal([]byte(old), &had) == nil {
		next.Updated = had.Updated
		if next.Text() == old {
			return ""
		}
	}
	next.Updated = time.Now().UTC().Truncate(time.Second)
	return next.Text()
}
