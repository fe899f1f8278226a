package follow

import (
	"context"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
)

// plan looks through all records for files that are missing.
func (k *Keeper) plan(ctx context.Context, a *account) error {
	p := planner{Keeper: k, ctx: ctx, account: a.id}
	err := k.Budget.Plan(ctx, a.id)
	if err == nil {
		err = p.run()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		a.files.unplanned = true
		return err
	}
	k.tellPages(a.id) // some may be here of which nobody was told
	slices.Reverse(p.missing)
	a.files.todo = append(p.missing, a.files.todo...)
	a.state.Files, a.state.FileBytes = p.files, p.bytes
	return nil
}

type planner struct {
	*Keeper
	ctx     context.Context
	account content.AccountID
	missing []content.Path
	files   Progress
	bytes   int64
}

func (p *planner) run() error {
	view, err := p.Replica.View(p.ctx, p.account)
	if err != nil {
		return err
	}
	if err := p.list(view, content.CollectionResponses); err != nil { // threads come before photos
		return err
	}
	profile := content.NewPath(content.CollectionProfile, record.ProfileKey)
	c, err := view.CID(p.ctx, profile)
	if err == nil {
		err = p.look(profile, c)
	}
	if err != nil && content.KindOf(err) != content.NotFound {
		return err
	}
	return p.list(view, content.CollectionPost)
}

// list looks at the records of a collection, the newest first.
func (p *planner) list(view *repo.View, c content.Collection) error {
	for e, err := range view.List(p.ctx, c, mst.Backward, "") {
		if err == nil {
			err = p.look(e.Path, e.CID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) look(path content.Path, c cid.Cid) error {
	data, err := p.Store.Get(p.ctx, c)
	if content.KindOf(err) == content.NotFound {
		return nil // damage dropped it; it comes again, see refetch
	}
	if err != nil {
		return err
	}
	all := p.filesOf(p.account, path, data)
	absent, err := p.absent(p.ctx, all)
	if err != nil {
		return err
	}
	photos, lacking := photosOf(all), photosOf(absent)
	p.files.Total += len(photos)
	p.files.Done += len(photos) - len(lacking)
	for _, f := range photos {
		p.bytes += f.Size
	}
	for _, f := range lacking {
		p.bytes -= f.Size
	}
	if len(absent) > 0 {
		p.missing = append(p.missing, path)
	}
	return nil
}

// absent returns the files that are not here whole, or not pinned yet. Of one
// that is no file of ours nothing more can be had.
func (k *Keeper) absent(ctx context.Context, all []record.File) ([]record.File, error) {
	published := k.Store.Published()
	var out []record.File
	for _, f := range all {
		blocks, err := k.fileBlocks(ctx, f.CID.Cid)
		if err != nil {
			return nil, err
		}
		for _, c := range blocks {
			here, err := published.Has(ctx, c)
			if err != nil {
				return nil, err
			}
			if !here {
				out = append(out, f)
				break
			}
		}
	}
	return out, nil
}

// withFiles returns the records of a small change that refer to files, and how
// many of these are to be fetched. Where it says no, all records are to be looked
// through.
func (k *Keeper) withFiles(ctx context.Context, change *repo.Change) (paths []content.Path, n int, ok bool) {
	if len(change.Records) > recordsAtOnce {
		return nil, 0, false
	}
	for _, rc := range change.Records {
		if !rc.New.Defined() {
			continue
		}
		data, err := k.Store.Get(ctx, rc.New)
		if err != nil {
			return nil, 0, false
		}
		if files := k.filesOf(change.Head.Account(), rc.Path, data); len(files) > 0 {
			photos := photosOf(files)
			k.Budget.Grew(change.Head.Account(), photos)
			paths = append(paths, rc.Path)
			n += len(photos)
		}
	}
	pagesLast(paths)
	return paths, n, true
}

// filesOf returns what a record refers to and is to be fetched unasked: its pages,
// and the files that there is room for. Of what can't be read there are none.
func (k *Keeper) filesOf(id content.AccountID, path content.Path, data []byte) []record.File {
	rec, err := record.Decode(data)
	if err != nil {
		return nil
	}
	return append(pagesOf(rec), k.Budget.Wanted(id, path, rec)...)
}

// due returns what of a record's files and pages is missing and may be fetched now.
// Pages may always be, as records may.
func (k *Keeper) due(ctx context.Context, id content.AccountID, path content.Path, data []byte) ([]record.File, error) {
	missing, err := k.absent(ctx, k.filesOf(id, path, data))
	if err == nil && len(photosOf(missing)) > 0 {
		err = k.Budget.Ready()
	}
	return missing, err
}
