// SPDX-License-Identifier: MPL-2.0

package image

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// imageKind is a kind of record.
const imageKind = "image"

// facts is the record of an image: what a vCenter has no place for. A template takes no changes of its advanced parameters.
type facts struct {
	DiskFormat string            `json:"disk_format"`
	Container  string            `json:"container_format"`
	Properties map[string]string `json:"properties,omitempty"`
	Tags       []string          `json:"tags,omitempty"`
	MinDisk    int64             `json:"min_disk,omitempty"` // GiB
	MinRAM     int64             `json:"min_ram,omitempty"`  // MB
	Protected  bool              `json:"protected,omitempty"`
	Hidden     bool              `json:"hidden,omitempty"`
	Visibility string            `json:"visibility,omitempty"`
	Cached     bool              `json:"cached,omitempty"`
	Checksum   string            `json:"checksum,omitempty"`  // MD5 in hex of the file that it was made of
	FileSize   int64             `json:"file_size,omitempty"` // bytes
	Updated    time.Time         `json:"updated"`
	Mark       *openstack.Mark   `json:"mark,omitempty"` // nil: others made the image
}

// record writes what a vCenter has no place for on an image that was made. Of two processes that hold the same image, as one that was taken
// for killed and the one that took it up, the first to record it keeps it. The other gets no image, so that it never deletes it.
func (c *Images) record(ctx context.Context, made openstack.Image, r Request) (openstack.Image, error) {
	made.Checksum, made.FileSize = r.Checksum, r.FileSize
	of := made
	first := func(all records.Set) error {
		if recordedAs(all, of.ID, of.Mark) {
			return finishedError(of.Name, of.ID, *of.Mark)
		}
		return nil
	}
	err := c.write(ctx, &made, r.ImageSpec, first)
	c.cache.forget(made.ID, made.Name)
	if errors.Is(err, errFinished) {
		return openstack.Image{}, err
	}
	return made, err
}

// errFinished is about an image whose creation another process has finished.
var errFinished = errors.New("its creation was finished")

// finishedError refuses an image that is like the one that is to be made, and is in the state of a configuration already.
func finishedError(name, id string, mark openstack.Mark) error {
	return openstack.AttributeErrorf("name", "an image called %q exists already, from a configuration equal to this one%s, and %w. It may "+
		"belong to another workspace. Choose another name. %s", name, mark.Clause(), errFinished,
		openstack.ImportHint("novasphere_images_image", id))
}

// recordedAs reports whether an image with a mark is recorded. The record of an earlier image with the same id tells nothing of it: an id
// may be written.
func recordedAs(all records.Set, id string, mark *openstack.Mark) bool {
	f, err := records.Peek[facts](all, imageKind, id)
	return err == nil && mark != nil && f.Mark != nil && records.MarkText(*f.Mark) == records.MarkText(*mark)
}

// write records what is asked for of an image, which then has it, unless a check of the records refuses.
func (c *Images) write(ctx context.Context, of *openstack.Image, spec openstack.ImageSpec, check func(records.Set) error) error {
	f := facts{DiskFormat: cmp.Or(spec.DiskFormat, of.DiskFormat), Container: cmp.Or(spec.Container, of.Container),
		Properties: spec.Properties, Tags: spec.Tags, MinDisk: spec.MinDisk, MinRAM: spec.MinRAM, Protected: spec.Protected,
		Hidden: spec.Hidden, Visibility: spec.Visibility, Cached: spec.Cached, Checksum: of.Checksum, FileSize: of.FileSize,
		Updated: time.Now().UTC().Truncate(time.Second), Mark: of.Mark}
	f.tell(of)
	c.gone.Delete(of.ID)
	return c.records.Catalogue.Claim(ctx, func(all records.Set) error {
		if err := check(all); err != nil {
			return err
		}
		return all.Put(imageKind, of.ID, f)
	})
}

// describe adds what the records tell of an image, and reports whether they tell anything. Its properties are those of its record and of
// its custom attributes, which the record overrides; without a record its own count too, which custom attributes override.
func (c *Images) describe(ctx context.Context, of *openstack.Image, own, custom map[string]string) (recorded bool, err error) {
	all, err := c.records.Catalogue.Glance(ctx, false)
	if err != nil {
		return false, err
	}
	f, err := records.Peek[facts](all, imageKind, of.ID)
	if errors.Is(err, openstack.ErrNotFound) {
		of.Properties = mergedProperties(own, custom)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	f.tell(of)
	of.Properties = mergedProperties(custom, f.Properties)
	return true, nil
}

// finished reports whether an image with a mark is recorded, which is the last step of its creation: such an image is in the state of a
// configuration, even where it is equal to one that is to be made. Two workspaces of one module have equal configurations.
func (c *Images) finished(ctx context.Context, id string, mark *openstack.Mark) (bool, error) {
	all, err := c.records.Catalogue.Glance(ctx, true)
	return err == nil && recordedAs(all, id, mark), err
}

// tell gives an image the facts.
func (f facts) tell(i *openstack.Image) {
	i.DiskFormat, i.Container, i.Properties, i.Tags = f.DiskFormat, f.Container, f.Properties, f.Tags
	i.MinDisk, i.MinRAM, i.Protected, i.Hidden = f.MinDisk, f.MinRAM, f.Protected, f.Hidden
	i.Visibility, i.Cached, i.Checksum, i.FileSize = f.Visibility, f.Cached, f.Checksum, f.FileSize
	if f.Updated.After(i.Updated) {
		i.Updated = f.Updated
	}
	if i.Mark == nil {
		i.Mark = f.Mark
	}
}

// Sweep drops, along with another change of the catalogue, the records of images that this process has found gone: a deletion that was
// killed before its last step leaves one, and Terraform deletes nothing that a refresh does not find.
func (c *Images) Sweep(all records.Set) {
	for _, id := range all.IDs(imageKind) {
		if _, gone := c.gone.Load(id); gone {
			all.Drop(imageKind, id)
		}
	}
}

// unrecord drops the record of an image. One without a record is no error.
func (c *Images) unrecord(ctx context.Context, id string) error {
	all, err := c.records.Catalogue.Glance(ctx, false)
	if err != nil || all.Text(records.Key(imageKind, id)) == "" {
		return err
	}
	err = c.records.Catalogue.Update(ctx, func(all records.Set) error {
		all.Drop(imageKind, id)
		return nil
	})
	if errors.Is(err, records.ErrNoStore) {
		return nil
	}
	return err
}
