package mastodon

import (
	"context"

	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/daemon/api/rest"
)

// compatible is the version of Mastodon whose client API this is a part of. Apps
// look at it to know what to ask for; from 4.3 they ask for grouped notifications.
const compatible = "4.2.0 (compatible; rossgram "

const about = "A node of rossgram, the photo network without servers of its own."

// Instance is Mastodon's entity Instance. Both this and [InstanceV1] are told to
// anybody, so they count nothing and name nobody.
type Instance struct {
	Domain        string        `json:"domain"`
	Title         string        `json:"title"`
	Version       string        `json:"version"`
	SourceURL     string        `json:"source_url"`
	Description   string        `json:"description"`
	Usage         object        `json:"usage"`
	Thumbnail     object        `json:"thumbnail"`
	Icon          EmptyList     `json:"icon"`
	Languages     []string      `json:"languages"`
	Configuration Configuration `json:"configuration"`
	Registrations object        `json:"registrations"`
	Contact       object        `json:"contact"`
	Rules         EmptyList     `json:"rules"`
}

// InstanceV1 is Mastodon's entity V1::Instance.
type InstanceV1 struct {
	URI              string        `json:"uri"`
	Title            string        `json:"title"`
	ShortDescription string        `json:"short_description"`
	Description      string        `json:"description"`
	Email            string        `json:"email"`
	Version          string        `json:"version"`
	URLs             object        `json:"urls"`
	Stats            object        `json:"stats"`
	Thumbnail        string        `json:"thumbnail"`
	Languages        []string      `json:"languages"`
	Registrations    bool          `json:"registrations"`
	ApprovalRequired bool          `json:"approval_required"`
	InvitesEnabled   bool          `json:"invites_enabled"`
	Configuration    Configuration `json:"configuration"`
	ContactAccount   Null          `json:"contact_account"`
	Rules            EmptyList     `json:"rules"`
}

// Configuration is the limits that apps heed. Video, polls and what else this
// node does not do have the limit zero.
type Configuration struct {
	URLs             object         `json:"urls"`
	VAPID            object         `json:"vapid"`
	Accounts         map[string]int `json:"accounts"`
	Statuses         map[string]int `json:"statuses"`
	MediaAttachments MediaLimits    `json:"media_attachments"`
	Polls            map[string]int `json:"polls"`
	Translation      object         `json:"translation"`
}

// MediaLimits is in bytes, pixels, frames a second and characters.
type MediaLimits struct {
	SupportedMIMETypes  []string `json:"supported_mime_types"`
	DescriptionLimit    int      `json:"description_limit"`
	ImageSizeLimit      int      `json:"image_size_limit"`
	ImageMatrixLimit    int      `json:"image_matrix_limit"`
	VideoSizeLimit      int      `json:"video_size_limit"`
	VideoFrameRateLimit int      `json:"video_frame_rate_limit"`
	VideoMatrixLimit    int      `json:"video_matrix_limit"`
}

// A web address in a caption counts as what it is; Mastodon wants a number here.
const charactersOfURL = 23

func configuration() Configuration {
	return Configuration{
		URLs:     object{"streaming": ""},
		VAPID:    object{"public_key": ""},
		Accounts: map[string]int{"max_featured_tags": 0, "max_pinned_statuses": 0},
		Statuses: map[string]int{
			"max_characters": record.MaxCaption, "max_media_attachments": record.MaxPhotos,
			"characters_reserved_per_url": charactersOfURL,
		},
		MediaAttachments: MediaLimits{
			SupportedMIMETypes: []string{"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif", "image/avif"},
			DescriptionLimit:   record.MaxAlt, ImageSizeLimit: photo.MaxFile, ImageMatrixLimit: photo.MaxPixels,
		},
		Polls:       map[string]int{"max_options": 0, "max_characters_per_option": 0, "min_expiration": 0, "max_expiration": 0},
		Translation: object{"enabled": false},
	}
}

func (a *API) instance(_ context.Context, c *rest.Call) (any, error) {
	return Instance{
		Domain: c.Request.Host, Title: "rossgram", Version: compatible + a.Version + ")",
		SourceURL: "https://rossgram.app", Description: about,
		Usage:     object{"users": object{"active_month": 0}},
		Thumbnail: object{"url": thumbnail(c.Base)}, Languages: []string{"en"},
		Configuration: configuration(),
		Registrations: object{"enabled": false, "approval_required": false, "message": nil, "url": nil},
		Contact:       object{"email": "", "account": nil},
	}, nil
}

func (a *API) instanceV1(_ context.Context, c *rest.Call) (any, error) {
	return InstanceV1{
		URI: c.Request.Host, Title: "rossgram", ShortDescription: about, Description: about,
		Version:   compatible + a.Version + ")",
		URLs:      object{"streaming_api": ""},
		Stats:     object{"user_count": 0, "status_count": 0, "domain_count": 0},
		Thumbnail: thumbnail(c.Base), Languages: []string{"en"}, Configuration: configuration(),
	}, nil
}

func thumbnail(base string) string { return base + "/pictures/header/0.png" }
