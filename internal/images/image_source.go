package images

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
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

// convert makes of the image's file what is sent, and completes the request with it. close removes the temporary file.
func (m madeModel) convert(ctx context.Context, from diskimage.Source, r *image.Request, p *progress) (close func() error, err error) {
	p.begin("converted")
	made, err := diskimage.Convert(ctx, from, "", p.report)
	if err != nil {
		return nil, p.failed(err)
	}
	name := from.Name
	if name == "" {
		name = from.Path
	}
	r.Checksum, r.Progress = made.SourceMD5, p.report
	r.Content = &upload.Content{Name: name, Open: func() io.ReadSeeker { return made.Reader() }, Length: made.Length,
		Capacity: made.Capacity, SHA1: made.SHA1, SHA256: made.SHA256, ISO: from.ISO()}
	return made.Close, nil
}

// progress writes into the log how far the making of an image has come, and remembers it for an error.
type progress struct {
	ctx         context.Context // of the log
	image       string
	doing       string // "downloaded", "converted", "sent"
	done, total int64  // bytes
	told        int64  // percent that the log knows of
}

// begin begins with another part of the work.
func (p *progress) begin(doing string) { p.doing, p.done, p.total, p.told = doing, 0, 0, -1 }

// report takes how much is done, and logs each tenth. A total of 0 is not known.
func (p *progress) report(done, total int64) {
	if p.done, p.total = done, total; total <= 0 {
		return
	}
	if percent := done * 100 / total; percent >= p.told+10 || done == total && p.told < 100 {
		p.told = percent
		logging.VCenter.Info(p.ctx, "the image is "+p.doing, "image", p.image, "percent", percent, "bytes", done)
	}
}

// failed says in an error how far the work has come.
func (p *progress) failed(err error) error {
	if err == nil || p.done == 0 {
		return err
	}
	if p.total > 0 {
		return fmt.Errorf("%w (%s of %s were %s)", err, megabytes(p.done), megabytes(p.total), p.doing)
	}
	return fmt.Errorf("%w (%s were %s)", err, megabytes(p.done), p.doing)
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// temporary is the folder for what is between a source and a vCenter.
func temporary() string { return os.TempDir() }
