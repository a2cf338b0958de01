// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// sameZone reports whether plan and state name the same zone, and the same host if one is named.
func sameZone(in inputs) bool {
	return model.SameZone(in.plan.Zone.ValueString(), in.state.Zone.ValueString())
}

// movesZone reports whether another zone moves the instance instead of replacing it. An instance that was moved outside of Terraform is
// never replaced where its planned zone is still the recorded one.
func movesZone(in inputs) bool {
	recorded := in.private.At.Zone
	return in.plan.LiveMigration.ValueBool() || recorded != "" && model.SameZone(in.plan.Zone.ValueString(), recorded) &&
		!model.SameZone(in.state.Zone.ValueString(), recorded)
}

// sameNode reports whether the planned compute node is the state's, or the cluster or host that the instance is on.
func sameNode(in inputs) bool {
	to := in.plan.Hypervisor.ValueString()
	return to == "" || strings.EqualFold(to, in.state.Hypervisor.ValueString()) || strings.EqualFold(to, in.private.At.Node) ||
		strings.EqualFold(to, in.private.At.Host)
}

// movesNode is movesZone for the compute node.
func movesNode(in inputs) bool {
	asked := in.private.At.Asked
	return in.plan.LiveMigration.ValueBool() || asked != "" && strings.EqualFold(in.plan.Hypervisor.ValueString(), asked) &&
		in.private.At.Home != in.private.At.Node
}

func sameConfigDrive(in inputs) bool {
	return in.private.Unfinished || in.plan.ConfigDrive.ValueBool() == in.state.ConfigDrive.ValueBool()
}

// sameUserData reports whether the data is the same in another encoding, or has the recorded checksum where an import could not read it.
// Of write-only data there is nothing to compare but its version; data that becomes write-only is the same where its text is.
func sameUserData(in inputs) bool {
	given, had := in.told().GivenUserData(), in.state.UserData.ValueString()
	if !crud.Known(given) {
		return false
	}
	if had == "" && !in.state.UserDataWOVer.IsNull() {
		return in.plan.UserDataWOVer.Equal(in.state.UserDataWOVer) && in.plan.UserData.ValueString() == ""
	}
	data := guest.DecodeUserData(given.ValueString())
	if in.state.UserData.IsNull() && in.private.UserData != "" {
		sum := sha256.Sum256([]byte(data))
		return in.private.UserData == hex.EncodeToString(sum[:])
	}
	return data == guest.DecodeUserData(had)
}

// samePersonality reports whether the files are the same, or have the recorded checksum where an import could not read them. It ignores
// their order.
func samePersonality(in inputs) bool {
	next, had := model.Files(in.told().Personality), model.Files(in.state.Personality)
	if len(had) == 0 && len(next) > 0 {
		return in.private.Personality == openstack.SumFiles(model.Personality(in.told().Personality))
	}
	return len(next) == len(had) && sameByPath(next, had, sameFile)
}

// sameByPath reports whether two lists have the same files, by their paths.
func sameByPath(next, had []model.File, same func(next, had model.File) bool) bool {
	left := slices.Clone(had)
	for _, f := range next {
		at := slices.IndexFunc(left, func(h model.File) bool {
			return f.File.ValueString() == h.File.ValueString() && same(f, h)
		})
		if at < 0 {
			return false
		}
		left = slices.Delete(left, at, at+1)
	}
	return true
}

// sameFile reports whether a file has the same content: the same text, also where it becomes write-only, or the same version of a
// write-only one.
func sameFile(next, had model.File) bool {
	if !had.ContentWOVer.IsNull() {
		return next.ContentWOVer.Equal(had.ContentWOVer)
	}
	if !next.ContentWOVer.IsNull() {
		return crud.Known(next.ContentWO) && next.ContentWO.ValueString() == had.Content.ValueString()
	}
	return crud.Known(next.Content) && next.Content.ValueString() == had.Content.ValueString()
}

// sameHints reports whether plan and state name the same group and the same instances. Hints without effect may change.
func sameHints(in inputs) bool {
	for _, h := range model.HintBlocks(in.plan.SchedulerHints) {
		if h.Group.IsUnknown() || h.DifferentHost.IsUnknown() || h.SameHost.IsUnknown() ||
			slices.ContainsFunc(append(h.DifferentHost.Elements(), h.SameHost.Elements()...), attr.Value.IsUnknown) {
			return false
		}
	}
	next, recorded := model.HintsOf(in.plan.SchedulerHints), model.HintsOf(in.state.SchedulerHints)
	return next.Group == recorded.Group && slices.Equal(next.DifferentHost, recorded.DifferentHost) &&
		slices.Equal(next.SameHost, recorded.SameHost)
}

func sameBlockDevices(in inputs) bool {
	return sameBlocks(model.BlockDevices(in.plan.BlockDevice), model.BlockDevices(in.state.BlockDevice))
}

// sameBlocks reports whether two lists ask for the same disks. It ignores delete_on_termination of local disks, because they always go with
// the instance, and the size of a local root disk, which is the flavor's, and of a volume that was there before, which is its own.
func sameBlocks(a, b []openstack.BlockDevice) bool {
	return slices.EqualFunc(a, b, func(x, y openstack.BlockDevice) bool {
		xi, yi := x.BootIndex, y.BootIndex
		deleted := x.DeletedWithServer() == y.DeletedWithServer()
		x.BootIndex, y.BootIndex, x.Delete, y.Delete = nil, nil, nil, nil
		if x.Source == openstack.SourceImage && !x.ToVolume() || x.Source == openstack.SourceVolume {
			x.SizeGiB, y.SizeGiB = 0, 0
		}
		return x == y && deleted && (xi == nil) == (yi == nil) && (xi == nil || *xi == *yi)
	})
}

// passesOver reports whether the image arguments have no effect, before and after: the instance boots from a volume.
func passesOver(in inputs) bool {
	return model.BootsFromVolume(in.plan.BlockDevice) && model.BootsFromVolume(in.state.BlockDevice)
}
