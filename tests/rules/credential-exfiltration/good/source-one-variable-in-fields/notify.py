import os

hook = DiscordWebhook(url=os.environ["BUILD_WEBHOOK"])
card = DiscordEmbed(title="build", description="ok")
card.add_embed_field(name="branch", value=os.environ["BRANCH"])
hook.add_embed(card)
hook.execute()
