// SPDX-License-Identifier: MPL-2.0

package images

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/download"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
)

// source is a file of this machine, and what the configuration says that it is.
func (m madeModel) source(at string) diskimage.Source {
	container := m.Container.ValueString()
	if container == containerCompressed {
		container = "bare"
	}
	return diskimage.Source{Path: at, DiskFormat: m.DiskFormat.ValueString(), ContainerFormat: container}
}

// request asks for the image, without its content.
func (m madeModel) request() image.Request {
	r := image.Request{ImageSpec: m.spec(), Via: m.Via.ValueString()}
	if m.fetched() {
		r.URL = m.URL.ValueString()
	}
	return r
}

// content gets the file and makes of it what is sent, and completes the request with that. done removes what is temporary.
func (m madeModel) content(ctx context.Context, r *image.Request, p *progress) (done func(), err error) {
	p.begin(download.Downloading)
	file, err := download.Fetch(ctx, download.Request{Path: m.LocalPath.ValueString(), URL: m.URL.ValueString(),
		Username: m.Username.ValueString(), Password: m.Password.ValueString(), CachePath: m.CachePath.ValueString(),
		Checksum: m.FileSum.ValueString(), Decompress: m.compressed(), Progress: p.step})
	if err != nil {
		return nil, openstack.AttributeErrorf(m.sourceArgument(), "%w", p.failed(err))
	}
	from := m.source(file.Path)
	from.Name, from.Single = file.Name, m.LocalPath.ValueString() == "" || m.compressed()
	p.begin("converting")
	made, err := diskimage.Convert(ctx, from, "", p.report)
	if err != nil {
		return nil, openstack.AttributeErrorf(m.sourceArgument(), "%w", errors.Join(p.failed(err), file.Close()))
	}
	r.Checksum, r.FileSize, r.Progress = made.SourceMD5, made.SourceLength, p.report
	r.Content = &upload.Content{Name: from.Name, Open: func() io.ReadSeeker { return made.Reader() }, Length: made.Length,
		Capacity: made.Capacity, SHA1: made.SHA1, SHA256: made.SHA256, ISO: from.ISO()}
	return func() { _ = errors.Join(made.Close(), file.Close()) }, nil // temporary files, which the next run sweeps away
}

// sourceArgument is the argument that names the file.
func (m madeModel) sourceArgument() string {
	if m.LocalPath.ValueString() != "" {
		return "local_file_path"
	}
	return "image_source_url"
}

// progress writes into the log how far the making of an image has come, and remembers it for an error.
type progress struct {
	ctx         context.Context // of the log
	image       string
	doing       string // "downloading", "converting" and the like
	done, total int64  // bytes
	told        int64  // percent that the log knows of
}

// begin begins with another part of the work.
func (p *progress) begin(doing string) { p.doing, p.done, p.total, p.told = doing, 0, 0, -1 }

// step is report for what has several parts.
func (p *progress) step(doing string, done, total int64) {
	if doing != p.doing {
		p.begin(doing)
	}
	p.report(done, total)
}

// report takes how much is done, and logs each tenth. A total of 0 is not known.
func (p *progress) report(done, total int64) {
	if p.done, p.total = done, total; total <= 0 {
		return
	}
	if percent := done * 100 / total; percent >= p.told+10 || done == total && p.told < 100 {
		p.told = percent
		logging.VCenter.Info(p.ctx, p.doing+" the image", "image", p.image, "percent", percent, "bytes", done)
	}
}

// failed says in an error how far the work has come.
func (p *progress) failed(err error) error {
	switch {
	case err == nil || p.done == 0:
		return err
	case p.total > 0:
		return fmt.Errorf("%w (while %s it, at %s of %s)", err, p.doing, megabytes(p.done), megabytes(p.total))
	}
	return fmt.Errorf("%w (while %s it, at %s)", err, p.doing, megabytes(p.done))
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
