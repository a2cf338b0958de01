// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	vim "github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// finder looks for a disk that may have been made.
type finder func(ctx context.Context) (found located, ok bool, err error)

// awaitMade looks for a disk for as long as a task of a kind is running that may make it, and for as long as a disk that is found is
// still being made.
func (v *Volumes) awaitMade(ctx context.Context, kind string, find finder) (located, bool, error) {
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), v.LostPatience)
	defer stop()
	for pause := time.Second / 4; ; pause = min(2*pause, 10*time.Second) {
		running := v.running(end, kind) // asked first: a disk whose task ends in between is found then
		found, ok, err := find(end)
		if err == nil && ok && v.complete(end, found) {
			return found, true, nil
		}
		if err == nil && !ok && !running {
			return located{}, false, nil
		}
		select {
		case <-end.Done():
			return located{}, false, errors.Join(err, end.Err())
		case <-time.After(pause):
		}
	}
}

// earlier looks for what a killed creation with the mark of a request has made. A mark that is chosen now has made nothing.
func (v *Volumes) earlier(ctx context.Context, r Request) (located, bool, error) {
	if r.MarkID == "" {
		return located{}, false, nil
	}
	return v.byMark(r.MarkID)(ctx)
}

// byMark looks for the disk of a creation by its mark, which is in the disk's metadata from the first moment.
func (v *Volumes) byMark(markID string) finder {
	return v.only("bear the mark "+markID, bearingMark(), isEqual(types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumMetadataValue, markID))
}

// byName looks for the disk of a creation by a name that nothing else has.
func (v *Volumes) byName(name string) finder {
	return v.only("have the name "+name, isEqual(types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumName, name))
}

// only looks for the one disk that fulfils some conditions.
func (v *Volumes) only(what string, conditions ...types.VslmVsoVStorageObjectQuerySpec) finder {
	return func(ctx context.Context) (located, bool, error) {
		all, err := v.query(ctx, conditions...)
		if err != nil || len(all) == 0 {
			return located{}, false, err
		}
		if len(all) > 1 {
			return located{}, false, fmt.Errorf("%d disks %s", len(all), what)
		}
		found, err := v.locate(ctx, all[0].ID)
		return found, err == nil, err
	}
}

// complete reports whether a disk is there for good: a vCenter may remove one whose creation has not ended. What cannot be read is not.
func (v *Volumes) complete(ctx context.Context, d located) bool {
	client, manager, err := v.manager(ctx)
	if err != nil {
		return false
	}
	res, err := methods.RetrieveVStorageObjectState(ctx, client,
		&vim.RetrieveVStorageObjectState{This: manager, Id: vim.ID{Id: d.ID}, Datastore: d.store})
	return err == nil && (res.Returnval.Tentative == nil || !*res.Returnval.Tentative)
}

// running reports whether the vCenter is at a task of a kind, or at another that is about first class disks, whoever has started it: how
// servers describe these tasks is documented nowhere. What cannot be read may be.
func (v *Volumes) running(ctx context.Context, kind string) bool {
	client, err := v.wire.Vim(ctx)
	if err != nil {
		return true
	}
	manager, err := wire.Read[mo.TaskManager](ctx, v.wire, *client.ServiceContent.TaskManager, []string{"recentTask"})
	if err != nil {
		return true
	}
	act := strings.ToLower(strings.TrimSuffix(kind, "_Task"))
	return v.wire.AnyRunning(ctx, manager.RecentTask, func(info vim.TaskInfo) bool {
		described := strings.ToLower(info.DescriptionId)
		return strings.HasSuffix(described, act) || strings.Contains(described, "vslm") || strings.Contains(described, "vstorageobject")
	})
}
